/** The dialog “Try a picture”, whose code is loaded when it is opened for the first time. */
import { defineAsyncComponent } from 'vue'
import { loadAnew } from '../../lib/load-anew.ts'

export const TryDialog = defineAsyncComponent({
  loader: () => import('./TryDialog.vue'),
  onError(_error, _retry, fail) {
    // After an update a press on its button would do nothing in a tab that is still open.
    void loadAnew(location.pathname, () => location.reload())
    fail()
  },
})
