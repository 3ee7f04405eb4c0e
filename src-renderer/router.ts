import { createRouter, createWebHistory } from 'vue-router'
import { titleOf } from './lib/title.ts'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    // Each page is loaded on demand, so that none waits for the code of the others.
    { path: '/overview', component: () => import('./views/OverviewView.vue'), meta: { title: 'Overview' } },
    { path: '/config', component: () => import('./views/ConfigView.vue'), meta: { title: 'Configuration' } },
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
