/** The texts of the question how backends should share the work. */
export const words = {
  label: 'How backends share the work',
  inOrder: 'One works, the other stands by.',
  bySpeedTitle: 'share by speed',
  bySpeed: 'All work while there is work; the fastest gets most of it, and searches.',
  perTaskTitle: 'choose per task',
  perTask: 'For example faces on one, smart search on the other.',
} as const
