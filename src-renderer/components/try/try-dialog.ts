/** The dialog “Try a picture”, whose code is loaded when it is opened for the first time. */
import { defineAsyncComponent, defineComponent, onMounted } from 'vue'
import { loadAnew } from '../../lib/load-anew.ts'

/** In the place of the dialog where its code cannot be loaded: closes at once, so that the next press tries again. */
const Unavailable = defineComponent({
  inheritAttrs: false,
  emits: ['close'],
  setup(_props, { emit }) {
    onMounted(() => emit('close'))
    return () => null
  },
})

export const TryDialog = defineAsyncComponent({
  loader: () => import('./TryDialog.vue'),
  errorComponent: Unavailable,
  onError(_error, _retry, fail) {
    // After an update a press on its button would do nothing in a tab that is still open.
    void loadAnew(location.pathname, () => location.reload())
    fail()
  },
})
