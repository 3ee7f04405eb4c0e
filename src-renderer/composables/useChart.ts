/** A line chart with axes, drawn by uPlot on a canvas. */
import { useMutationObserver, usePreferredDark, useResizeObserver } from '@vueuse/core'
import UPlot from 'uplot'
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import type { Steps } from '../../src-shared/history.ts'
import { axisEnd, loneSteps, timeOfDay } from '../lib/history.ts'

export interface ChartLine {
  readonly name: string
  /** Chooses colour and dash; the same backend has the same one in all charts. */
  readonly style: number
  readonly values: Steps
  /** Between the values and these the ground is shaded. */
  readonly upper?: Steps
}

export interface ChartData {
  /** Unix seconds, one for each value. */
  readonly times: readonly number[]
  readonly lines: readonly ChartLine[]
  /** Texts at the axis of values. */
  readonly tick: (value: number) => string
}

/** Lines are told apart by their dash too, in pixels. */
export const DASHES: readonly (readonly number[])[] = [
  [],
  [7, 4],
  [2, 3],
  [10, 3, 2, 3],
  [14, 4],
  [5, 2, 2, 2],
]
export const STYLES = DASHES.length

const HEIGHT = 200
const AXIS_WIDTH = 62
const LINE_WIDTH = 2
/** How opaque the ground between a line and its upper values is. */
const SHADE = '26'
/** No tick of the time axis is nearer to the next one, pixels. */
const TICK_SPACE = 70

interface Colours {
  readonly text: string
  readonly grid: string
  readonly lines: readonly string[]
}

/** Resolves a colour of the styles, as the canvas knows no custom properties, to `#rrggbb`. */
function resolve(element: HTMLElement, property: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(${property})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(Number)
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

function coloursOf(element: HTMLElement): Colours {
  const lines = Array.from({ length: STYLES }, (_, index) => resolve(element, `--series-${index + 1}`))
  return { text: resolve(element, '--muted'), grid: resolve(element, '--border'), lines }
}

function seriesOf({ lines }: ChartData, colours: Colours): UPlot.Series[] {
  return lines.flatMap(({ name, style, upper }) => {
    const stroke = colours.lines[style % STYLES] ?? colours.text
    const dash = [...(DASHES[style % STYLES] ?? [])]
    const line: UPlot.Series = {
      label: name,
      stroke,
      dash,
      width: LINE_WIDTH,
      points: {
        size: 5,
        fill: stroke,
        show: true,
        filter: (plot, series) => loneSteps(plot.data[series] ?? []),
      },
    }
    if (upper === undefined) return [line]
    return [{ label: name, stroke: 'transparent', width: 0, points: { show: false } }, line]
  })
}

function bandsOf({ lines }: ChartData, colours: Colours): UPlot.Band[] {
  let at = 0
  return lines.flatMap(({ style, upper }) => {
    at += upper === undefined ? 1 : 2
    if (upper === undefined) return []
    return [
      {
        series: [at - 1, at] as [number, number],
        fill: `${colours.lines[style % STYLES] ?? colours.text}${SHADE}`,
      },
    ]
  })
}

const dataOf = ({ times, lines }: ChartData): UPlot.AlignedData => [
  [...times],
  ...lines.flatMap(({ values, upper }) => (upper === undefined ? [values] : [upper, values])),
]

function optionsOf(
  data: ChartData,
  width: number,
  colours: Colours,
  onCursor: (step: number | null) => void,
): UPlot.Options {
  const axis = {
    stroke: colours.text,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { stroke: colours.grid, width: 1 },
  }
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
    scales: { y: { range: (_plot, _min, max) => [0, axisEnd(max)] } },
    series: [{}, ...seriesOf(data, colours)],
    bands: bandsOf(data, colours),
    axes: [
      { ...axis, space: TICK_SPACE, values: (_plot, ticks) => ticks.map(timeOfDay) },
      { ...axis, size: AXIS_WIDTH, values: (_plot, ticks) => ticks.map(data.tick) },
    ],
  }
}

/** What has to be the same for a chart to be drawn again with other values instead of being made anew. */
const shapeOf = ({ lines }: ChartData): string =>
  lines.map(({ name, style, upper }) => `${name}\n${style}\n${upper !== undefined}`).join('\n\n')

/**
 * Draws a chart in an element and keeps it up to date with data, size and theme.
 * @returns the step under the pointer, null where there is none
 */
export function useChart(
  element: Readonly<Ref<HTMLElement | null>>,
  data: () => ChartData,
): { cursor: Readonly<Ref<number | null>> } {
  const cursor = ref<number | null>(null)
  const theme = shallowRef(0)
  let plot: UPlot | undefined
  let shape = ''

  function destroy(): void {
    plot?.destroy()
    plot = undefined
  }

  function make(): void {
    destroy()
    const root = element.value
    if (root === null || root.clientWidth === 0) return
    const now = data()
    shape = shapeOf(now)
    const options = optionsOf(now, root.clientWidth, coloursOf(root), (step) => (cursor.value = step))
    plot = new UPlot(options, dataOf(now), root)
  }

  function draw(): void {
    if (plot === undefined || shapeOf(data()) !== shape) make()
    else plot.setData(dataOf(data()))
  }

  watch([element, usePreferredDark(), theme], make, { flush: 'post' })
  watch(data, draw, { flush: 'post' })
  useMutationObserver(document.documentElement, () => theme.value++, { attributeFilter: ['data-theme'] })
  useResizeObserver(element, ([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0)
    if (width === 0) return
    if (plot === undefined) make()
    else if (width !== plot.width) plot.setSize({ width, height: HEIGHT })
  })
  onScopeDispose(destroy)
  return { cursor }
}
