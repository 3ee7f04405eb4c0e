/** The figures as text, for the terminal and for RESULTS.md. Pure. */
import type { Options } from './options.ts'
import { median, type Row, type Sample } from './rounds.ts'
import type { Results, Target } from './targets.ts'
import type { Versions } from './tools.ts'

const MB = 1024 * 1024

export interface Report {
  readonly date: string
  readonly versions: Versions
  readonly options: Pick<Options, 'quick' | 'rounds' | 'seconds'>
  readonly results: Results
  readonly targets: readonly Target[]
}

type Cells = readonly string[]

const HEADER: Cells = ['case', 'who', 'requests/s', 'p50 µs', 'p99 µs', 'CPU µs/request', 'peak RSS MB']

const grouped = new Intl.NumberFormat('en')
const whole = (value: number | undefined): string =>
  value === undefined ? '–' : grouped.format(Math.round(value))

/** The median of one figure over the rounds; undefined where it was not measured. */
export function medianOf(row: Row, figure: (sample: Sample) => number | undefined): number | undefined {
  const values = row.samples.map(figure).filter((value) => value !== undefined)
  return values.length === 0 ? undefined : median(values)
}

function loadCells(rows: readonly Row[]): Cells[] {
  return rows.map((row, index) => {
    const peaks = row.samples.flatMap(({ peakBytes }) => peakBytes ?? [])
    return [
      rows[index - 1]?.title === row.title ? '' : row.title,
      row.name,
      whole(medianOf(row, (sample) => sample.perSecond)),
      whole(medianOf(row, (sample) => sample.p50Us)),
      whole(medianOf(row, (sample) => sample.p99Us)),
      whole(medianOf(row, (sample) => sample.cpuUs)),
      peaks.length === 0 ? '–' : whole(Math.max(...peaks) / MB),
    ]
  })
}

const megabytes = (bytes: number): string => `${Math.round(bytes / MB)}`

function burstCells({ burst }: Results): Cells[] {
  if (burst === undefined) return []
  return burst.bursts.map(({ name, perSecond, idleBytes, peakBytes, afterBytes }, index) => [
    index === 0 ? `64 images at once (RSS: idle → peak → ${burst.waitSeconds} s after)` : '',
    name,
    whole(perSecond),
    '–',
    '–',
    '–',
    `${megabytes(idleBytes)} → ${megabytes(peakBytes)} → ${megabytes(afterBytes)}`,
  ])
}

function targetCells(targets: readonly Target[]): Cells[] {
  const met = (target: Target): string => (target.met === undefined ? '–' : target.met ? 'yes' : 'NO')
  return targets.map((target) => [target.what, target.target, target.measured, met(target)])
}

/** A table in Markdown whose columns also stand under each other in a terminal. */
export function table(header: Cells, rows: readonly Cells[], textColumns: number): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const isText = (column: number): boolean => column < textColumns
  const line = (cells: Cells): string => {
    const padded = cells.map((cell, column) =>
      isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, column) =>
    isText(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  )
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}

export function describeRun({ date, versions, options }: Report): string {
  const { node, nginx, wrk, kernel, cpu, cores } = versions
  const rounds = `${options.rounds} ${options.rounds === 1 ? 'round' : 'rounds'} of ${options.seconds} s`
  return [
    `${date}, ${rounds} per contender and case${options.quick ? ' (--quick: for a smoke test, not for figures)' : ''}`,
    `Node ${node}, nginx ${nginx}, wrk ${wrk}, Linux ${kernel}, ${cores} cores of ${cpu}`,
  ].join('; ')
}

export function reportText(report: Report): string {
  const cells = [...loadCells(report.results.rows), ...burstCells(report.results)]
  const parts = cells.length === 0 ? [] : [table(HEADER, cells, 2)]
  parts.push(table(['target', 'to reach', 'measured', 'met'], targetCells(report.targets), 4))
  return parts.join('\n\n')
}

/** For machines: medians beside the samples of each round. */
export function reportJson(report: Report): string {
  const { rows, ...rest } = report.results
  const medians = rows.map((row) => ({
    case: row.caseId,
    who: row.name,
    perSecond: medianOf(row, (sample) => sample.perSecond),
    p50Us: medianOf(row, (sample) => sample.p50Us),
    p99Us: medianOf(row, (sample) => sample.p99Us),
    cpuUs: medianOf(row, (sample) => sample.cpuUs),
    samples: row.samples,
  }))
  return JSON.stringify({ ...report, results: { rows: medians, ...rest } }, undefined, 2)
}

export function resultsMarkdown(report: Report): string {
  return `# Results

${describeRun(report)}.

Figures are medians over the rounds of one run; the peak of the memory is the highest. They depend on the machine
and on what else it does: compare figures of this run with each other, never with those of another. README.md says
how they are measured. Written by \`npm run bench -- --write-results\`.

${reportText(report)}
`
}
