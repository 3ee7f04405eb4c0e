import { createApp } from 'vue'
import App from './App.vue'
import { applyTheme, readTheme } from './lib/theme.ts'
import { router } from './router.ts'
import './styles/index.css'

applyTheme(readTheme())
createApp(App).use(router).mount('#app')
