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

/** After an update, too, the files of a tab that is still open are gone. */
const reload = (): Promise<void> => loadAnew(location.pathname, () => location.reload())
let hasFailed = false

export const TryDialog = defineAsyncComponent({
  async loader() {
    // Vite's code asks for a style sheet once, so that one that did not come is only brought by the whole page.
    if (hasFailed) await reload()
    return import('./TryDialog.vue')
  },
  errorComponent: Unavailable,
  onError(_error, _retry, fail) {
    hasFailed = true
    void reload()
    fail()
  },
})
