/** The texts of a picture with boxes. */

/** What is drawn on a picture, for those who cannot see it. */
export const foundOnIt = (labels: readonly string[]): string => `Found on it: ${labels.join(', ')}`
