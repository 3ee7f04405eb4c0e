/** Where the parts of the flow are drawn, in pixels, for a given width. Pure. */
import type { FlowBranch, FlowModel, FlowNode, FlowTask } from './flow.ts'

export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface PlacedTask extends FlowTask {
  /** The label, and the part of its line that can be clicked. */
  readonly area: Area
  /** From Immich to the proxy; undefined where neither is drawn. */
  readonly path: string | undefined
  readonly stroke: number
}

export interface PlacedBranch extends FlowBranch {
  readonly path: string
  readonly stroke: number
}

export interface PlacedNode extends FlowNode {
  readonly area: Area
}

export interface FlowLayout {
  readonly isNarrow: boolean
  readonly width: number
  readonly height: number
  readonly immich: Area | undefined
  readonly proxy: Area | undefined
  readonly tasks: readonly PlacedTask[]
  readonly branches: readonly PlacedBranch[]
  readonly nodes: readonly PlacedNode[]
}

/** Below this width Immich and the proxy are left out: their names stand above the drawing. */
const NARROW = 640
const ROW = 42
const NODE_HEIGHT = 50
const NODE_GAP = 10
const MARGIN = 4
const IMMICH_WIDTH = 118
const PROXY_WIDTH = 74
const NODE_WIDTH = 232
/** Between the ends of two lines at one node. */
const PORT_GAP = 7

const THINNEST = 2
const THICKEST = 11

/** Thickness of a line by its requests a minute: it grows with each doubling, so that one request can be seen beside a thousand. */
export function strokeOf(rate: number): number {
  return Math.min(THICKEST, THINNEST + Math.log2(1 + rate))
}

/** Rows of equal height, together in the middle. */
function rows(count: number, size: number, gap: number, height: number): number[] {
  const whole = count * size + Math.max(0, count - 1) * gap
  const top = (height - whole) / 2
  return Array.from({ length: count }, (_, index) => top + index * (size + gap))
}

function curve(fromX: number, fromY: number, toX: number, toY: number): string {
  const bend = (toX - fromX) / 2
  return `M ${fromX} ${fromY} C ${fromX + bend} ${fromY} ${toX - bend} ${toY} ${toX} ${toY}`
}

interface Columns {
  readonly label: { readonly x: number; readonly width: number }
  /** Where the lines to the backends begin. */
  readonly from: number
  readonly node: { readonly x: number; readonly width: number }
}

function columnsOf(width: number, isNarrow: boolean): Columns {
  if (isNarrow) {
    const label = { x: 0, width: Math.round(width * 0.42) }
    const node = { x: Math.round(width * 0.56), width: Math.round(width * 0.44) - MARGIN }
    return { label, from: label.width, node }
  }
  const nodeWidth = Math.min(NODE_WIDTH, width * 0.27)
  const from = Math.round(width * 0.52)
  const label = { x: IMMICH_WIDTH, width: from - PROXY_WIDTH - IMMICH_WIDTH }
  return { label, from, node: { x: width - nodeWidth - MARGIN, width: nodeWidth } }
}

export function layoutFlow(model: FlowModel, width: number): FlowLayout {
  const isNarrow = width < NARROW
  const nodesHeight = model.nodes.length * (NODE_HEIGHT + NODE_GAP)
  const height = Math.max(model.tasks.length * ROW, nodesHeight, NODE_HEIGHT) + 2 * MARGIN
  const { label, from, node } = columnsOf(width, isNarrow)
  const taskTops = rows(model.tasks.length, ROW, 0, height)
  const nodeTops = rows(model.nodes.length, NODE_HEIGHT, NODE_GAP, height)
  const nodes = model.nodes.map((one, index) => ({
    ...one,
    area: { x: node.x, y: nodeTops[index] ?? 0, width: node.width, height: NODE_HEIGHT },
  }))
  const lineY = (index: number): number => (taskTops[index] ?? 0) + ROW / 2 + (isNarrow ? 0 : ROW / 4)
  const middle = (model.tasks.length - 1) / 2
  const branches = model.tasks.flatMap(({ branches: own }, index) =>
    own.flatMap((branch): PlacedBranch[] => {
      const to = nodes.find(({ name }) => name === branch.backend)?.area
      if (to === undefined) return []
      const portY = to.y + to.height / 2 + (index - middle) * PORT_GAP
      return [{ ...branch, path: curve(from, lineY(index), to.x, portY), stroke: strokeOf(branch.rate) }]
    }),
  )
  const tasks = model.tasks.map((task, index): PlacedTask => {
    const y = lineY(index)
    return {
      ...task,
      area: { x: label.x, y: taskTops[index] ?? 0, width: label.width, height: ROW },
      path: isNarrow ? undefined : `M ${label.x} ${y} H ${label.x + label.width}`,
      stroke: strokeOf(task.rate),
    }
  })
  const band = { y: MARGIN, height: height - 2 * MARGIN }
  return {
    isNarrow,
    width,
    height,
    immich: isNarrow ? undefined : { x: MARGIN, width: IMMICH_WIDTH - MARGIN, ...band },
    proxy: isNarrow ? undefined : { x: from - PROXY_WIDTH, width: PROXY_WIDTH, ...band },
    tasks,
    branches,
    nodes,
  }
}

/** Mean width of a character at the drawing's size, pixels: generous, so that nothing reaches over its box. */
const CHARACTER = 7.4

/** A text that fits a width, with an ellipsis where it is cut. */
export function fitted(text: string, width: number, character = CHARACTER): string {
  const most = Math.max(1, Math.floor(width / character))
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
