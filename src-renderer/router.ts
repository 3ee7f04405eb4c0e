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

/**
 * Opens a page whose code could not be loaded by a new load of the whole. After an update the old files are gone, and a
 * press on a link would do nothing in a tab that is still open.
 */
async function openAnew(path: string): Promise<void> {
  try {
    const { ok } = await fetch(path, { method: 'HEAD' })
    if (ok) location.assign(path)
  } catch {
    // The proxy is gone, which the page says already: leaving it would lose what is edited.
  }
}

router.onError((_error, to) => {
  // Not at the first page: that one would be loaded again and again.
  if (router.currentRoute.value.matched.length > 0) void openAnew(to.fullPath)
})

router.afterEach(({ meta }) => {
  document.title = titleOf(meta)
})
