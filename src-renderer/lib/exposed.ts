/** What components let their parents do. */

export interface Focusable {
  readonly focus: () => void
}

export interface FocusableCard extends Focusable {
  readonly id: string
}

export interface AddsBackends {
  readonly add: (values: { name: string; url: string }) => void
}

export interface Asks {
  /** Opens the question; resolves with whether it was confirmed. */
  readonly ask: () => Promise<boolean>
}

export interface FocusesRows extends Focusable {
  /** Scrolls to a row and gives it the focus. */
  readonly focusRow: (index: number) => Promise<void>
  /** Scrolls to a row where it is out of view. */
  readonly showRow: (index: number) => void
}
