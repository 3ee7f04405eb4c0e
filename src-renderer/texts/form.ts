/** Texts of /config around its forms: saving, conflicts, import, notes. */
import { count } from '../lib/format.ts'
import { list } from '../lib/routing.ts'

export const words = {
  backends: {
    title: 'Backends',
    intro: 'The machine-learning servers that do the work. Each is asked every 5 seconds.',
    add: 'Add backend',
    listProblem: (problem: string): string => `The list ${problem}`,
    move: (title: string, word: string): string => `Move ${title} ${word}`,
    test: 'Test',
    remove: 'Remove',
  },
  row: {
    label: 'Another row:',
    placeholder: 'for example search',
    kind: 'What the row is',
    task: 'task',
    type: 'type',
    add: 'Add row',
    taken: (key: string): string => `There is a row ${key} already.`,
  },
  conflict: {
    title: 'The configuration was changed elsewhere',
    text: 'Somebody saved while you were editing. Nothing of yours is lost, and nothing was overwritten:',
    theirs: 'Load theirs, drop mine',
    mine: 'Keep mine, drop theirs',
  },
  file: { import: 'Import', export: 'Export', picker: 'config.json to read' },
  moved: {
    before: 'The proxy listens on another port now: go on at',
    after: 'and enter the new address in Immich.',
  },
  removed: {
    /** @param routes the titles of the routes that named it */
    text: (name: string, routes: readonly string[]): string => {
      const start = `${name === '' ? 'The new backend' : name} is removed`
      if (routes.length === 0) return `${start}.`
      return `${start}; ${list(routes)} named it and ${routes.length > 1 ? 'go' : 'goes'} without it now.`
    },
    undo: 'Undo',
  },
  bar: {
    nothing: 'Nothing to save.',
    refused: (fields: number): string =>
      `Not saved: ${count(fields, 'field needs', 'fields need')} your attention.`,
    review: 'Review',
    discard: 'Discard',
    save: 'Save',
  },
  warnings: {
    label: 'Warnings',
    alone:
      'No password is set. Nobody but this computer can open this page while the proxy has no other address.',
    container:
      'No password is set, and the proxy runs in a container: clients from outside can look like machines at home, so everyone who reaches its port can change this configuration.',
    open: 'No password is set: everyone on the home network can change this configuration.',
    set: 'Set a password…',
  },
} as const
