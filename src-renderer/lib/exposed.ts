/** What components let their parents do. */

export interface Focusable {
  readonly focus: () => void
}

export interface Asks {
  /** Opens the question; resolves with whether it was confirmed. */
  readonly ask: () => Promise<boolean>
}

export interface FocusesRows {
  readonly focusRow: (index: number) => Promise<void>
}
