import { createRouter, createWebHistory } from 'vue-router'
import { titleOf } from './lib/title.ts'
import ConfigView from './views/ConfigView.vue'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/config', component: ConfigView, meta: { title: 'Configuration' } },
    // Loaded on demand.
    {
      path: '/debug',
      component: () => import('./views/DebugView.vue'),
      meta: { title: 'Debug', isWide: true },
    },
    { path: '/:other(.*)*', redirect: '/config' },
  ],
})

router.afterEach(({ meta }) => {
  document.title = titleOf(meta)
})
