/** How wide the detail beside the list may be, percent of both. */
export const DETAIL_WIDTHS = { least: 25, most: 75, usual: 44 } as const
