/** Whether the screen is so narrow that rarely used controls are collapsed. */
import { useMediaQuery } from '@vueuse/core'
import type { Ref } from 'vue'

export const usePhone = (): Readonly<Ref<boolean>> => useMediaQuery('(width <= 600px)')
