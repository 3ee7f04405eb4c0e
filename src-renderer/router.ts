import { createRouter, createWebHistory } from 'vue-router'
import { loadAnew } from './lib/load-anew.ts'
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

// After an update a press on a link would do nothing in a tab that is still open.
router.onError((_error, to) => {
  // Not at the first page: that one would be loaded again and again.
  if (router.currentRoute.value.matched.length > 0) void loadAnew(to.fullPath)
})

router.afterEach(({ meta }) => {
  document.title = titleOf(meta)
})
