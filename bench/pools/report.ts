/** The figures of sharing as text. Pure. */
import { sumOf } from '../../test/support/simulation/shapes.ts'
import { table } from '../report.ts'
import type { Target } from '../targets.ts'
import { cellFigures, settledShares, type Cell, type Results } from './judge.ts'

const HEADER = [
  'shape',
  'in flight',
  'who',
  'images/s',
  'of the sum',
  'text p50 ms',
  'text p95 ms',
  'image p95 ms',
  'lost',
]
const TEXT_COLUMNS = 3

const whole = (value: number): string => (Number.isNaN(value) ? '–' : String(Math.round(value)))

function cellsOf(cell: Cell, before: Cell | undefined): string[] {
  const { shape, inFlight, who } = cell
  const { imagesPerSecond, workPerSecond, textP50Ms, textP95Ms, imageP95Ms, lost } = cellFigures(cell)
  const share =
    shape.changes.length > 0
      ? settledShares(cell)
          .map((each) => each.toFixed(2))
          .join(', ')
      : (workPerSecond / sumOf(shape)).toFixed(2)
  return [
    before?.shape === shape ? '' : `(${shape.id}) ${shape.title}`,
    before?.shape === shape && before.inFlight === inFlight ? '' : String(inFlight),
    who,
    imagesPerSecond.toFixed(1),
    share,
    whole(textP50Ms),
    whole(textP95Ms),
    whole(imageP95Ms),
    String(lost),
  ]
}

export function figuresTable({ cells }: Results): string {
  return table(
    HEADER,
    cells.map((cell, index) => cellsOf(cell, cells[index - 1])),
    TEXT_COLUMNS,
  )
}

export function targetsTable(targets: readonly Target[]): string {
  const met = (target: Target): string => (target.met === undefined ? '–' : target.met ? 'yes' : 'NO')
  const rows = targets.map((each) => [each.what, each.target, each.measured, met(each)])
  return table(['target', 'to reach', 'measured', 'met'], rows, 4)
}

export const HEADING = '## Sharing'

/** The section of RESULTS.md. */
export function section(described: string, results: Results, targets: readonly Target[]): string {
  return `${HEADING}

${described}.

Machines are simulated servers on loopback (\`bench/README.md\` says how); rates are medians over the rounds, percentiles are
of all answers. *of the sum*: images/s and half of the texts/s, by what all machines could do; for the shapes that change,
before and from 5 s after each change, by what was possible then. Written by \`npm run bench:pools -- --write-results\`.

${figuresTable(results)}

${targetsTable(targets)}
`
}
