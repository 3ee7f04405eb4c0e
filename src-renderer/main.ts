import { createApp } from 'vue'
import App from './App.vue'
import { applyTheme, readTheme } from './lib/theme.ts'
import { router } from './router.ts'

applyTheme(readTheme())
createApp(App).use(router).mount('#app')
