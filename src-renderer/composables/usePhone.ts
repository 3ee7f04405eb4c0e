/** Whether there is so little room that what is needed seldom is folded away. */
import { useMediaQuery } from '@vueuse/core'
import type { Ref } from 'vue'

export const usePhone = (): Readonly<Ref<boolean>> => useMediaQuery('(width <= 600px)')
