/** Methods that components expose to their parents. */

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
  /** Opens the question. Resolves with whether it was confirmed. */
  readonly ask: () => Promise<boolean>
}

export interface FocusesRows extends Focusable {
  /** Scrolls to a row and focuses it. */
  readonly focusRow: (index: number) => Promise<void>
  /** Scrolls to a row if it is out of view. */
  readonly showRow: (index: number) => void
}
