/** The stand-in of `Menu`: a template is judged whole before a menu comes of it. */
import type { Menu, MenuItem, MenuItemConstructorOptions } from 'electron'
import { eventsOf, impossible, refuse, StrictEmitter } from './strict.ts'

type Options = MenuItemConstructorOptions
type Role = NonNullable<Options['role']>

/** What this app uses; another one is added here when it is used. */
const KNOWN_KEYS = new Set<string>([
  'click',
  'role',
  'type',
  'label',
  'enabled',
  'checked',
  'submenu',
  'id',
  'visible',
  'accelerator',
] satisfies (keyof Options)[])
const KNOWN_TYPES = new Set<string>([
  'normal',
  'separator',
  'submenu',
  'checkbox',
  'radio',
] satisfies NonNullable<Options['type']>[])
const MAC_ROLES = new Set<string>(['appMenu', 'hide', 'hideOthers', 'unhide', 'services'] satisfies Role[])
const KNOWN_ROLES = new Set<string>([
  ...MAC_ROLES,
  ...([
    'editMenu',
    'fileMenu',
    'windowMenu',
    'quit',
    'cut',
    'copy',
    'paste',
    'selectAll',
    'close',
    'minimize',
    'reload',
    'resetZoom',
    'togglefullscreen',
    'zoomIn',
    'zoomOut',
  ] satisfies Role[]),
])

function judgeKinds(item: Options, where: string): void {
  for (const key of Object.keys(item)) if (!KNOWN_KEYS.has(key)) refuse(`${where}: unknown option "${key}"`)
  if (item.type !== undefined && !KNOWN_TYPES.has(item.type)) refuse(`${where}: unknown type "${item.type}"`)
  if (item.role !== undefined) {
    if (!KNOWN_ROLES.has(item.role)) refuse(`${where}: unknown role "${item.role}"`)
    if (MAC_ROLES.has(item.role) && process.platform !== 'darwin') refuse(`${where}: a role of macOS alone`)
    if (item.click !== undefined) refuse(`${where}: click is ignored beside a role`)
  }
}

function judgeAction(item: Options, where: string): void {
  if (item.click !== undefined && typeof item.click !== 'function') refuse(`${where}: click is no function`)
  const acts = item.click !== undefined || item.role !== undefined
  if (item.submenu !== undefined) {
    if (item.click !== undefined) refuse(`${where}: a submenu cannot be clicked`)
    if (!Array.isArray(item.submenu) || item.submenu.length === 0) refuse(`${where}: an empty submenu`)
    item.submenu.forEach((inner, index) => judge(inner, `${where} › ${index}`))
  } else if (!acts && item.enabled !== false) {
    refuse(`${where}: "${item.label ?? ''}" can be clicked and does nothing`)
  }
  const isBox = item.type === 'checkbox' || item.type === 'radio'
  if (isBox !== (item.checked !== undefined)) refuse(`${where}: checked and the type do not fit`)
}

function judge(item: Options, where: string): void {
  judgeKinds(item, where)
  if (item.type === 'separator') {
    if (Object.keys(item).length > 1) refuse(`${where}: a separator with more than its type`)
    return
  }
  if (item.role === undefined && (typeof item.label !== 'string' || item.label.trim() === '')) {
    refuse(`${where}: neither a label nor a role`)
  }
  judgeAction(item, where)
}

/** The shortcuts that roles bring along. */
const ACCELERATORS: Partial<Record<Role, string>> = {
  close: 'CommandOrControl+W',
  reload: 'CommandOrControl+R',
  resetZoom: 'CommandOrControl+0',
  zoomIn: 'CommandOrControl+Plus',
  zoomOut: 'CommandOrControl+-',
}

/** An item as the user sees it. */
export interface ShownItem {
  readonly label: string
  readonly type: string
  readonly enabled: boolean
  readonly submenu: StandInMenu | undefined
  readonly role: Role | undefined
  readonly accelerator: string | undefined
  checked: boolean
  click(): void
}

function shown(item: Options): ShownItem {
  const inside = Array.isArray(item.submenu) ? new StandInMenu(item.submenu) : undefined
  const type = item.type ?? (inside === undefined ? 'normal' : 'submenu')
  const one: ShownItem = {
    label: item.label ?? item.role ?? '',
    type,
    enabled: item.enabled ?? true,
    submenu: inside,
    role: item.role,
    accelerator: item.accelerator ?? (item.role === undefined ? undefined : ACCELERATORS[item.role]),
    checked: item.checked ?? false,
    click() {
      if (!one.enabled) impossible(`"${one.label}" is disabled`)
      if (one.submenu !== undefined) impossible(`"${one.label}" is a submenu`)
      // The system toggles the check mark before the app receives the click.
      if (type === 'checkbox') one.checked = !one.checked
      item.click?.(one as unknown as MenuItem, undefined, {})
    },
  }
  return one
}

export class StandInMenu extends StrictEmitter {
  /** The menu of the application; null where it was removed. */
  static application: Menu | null | undefined
  /** The menu of the right mouse button that was opened last. */
  static popped: StandInMenu | undefined
  readonly shownItems: readonly ShownItem[]

  constructor(template: readonly Options[]) {
    super('Menu', eventsOf<Menu>()('menu-will-show', 'menu-will-close'))
    this.shownItems = template.map(shown)
  }

  static buildFromTemplate(template: (Options | MenuItem)[]): Menu {
    if (!Array.isArray(template) || template.length === 0) refuse('a menu without items')
    const options = template as Options[]
    options.forEach((item, index) => judge(item, `item ${index}`))
    const ends = [options[0], options.at(-1)]
    if (ends.some((item) => item?.type === 'separator')) refuse('a separator at the end of a menu')
    return new StandInMenu(options) as unknown as Menu
  }

  static setApplicationMenu(menu: Menu | null): void {
    if (menu === null && process.platform === 'darwin')
      refuse('without a menu copy and paste are gone on macOS')
    const closes =
      menu instanceof StandInMenu && menu.some(({ role }) => role === 'close' || role === 'fileMenu')
    if (menu !== null && !closes) refuse('without an item that closes it, Ctrl+W closes no window')
    StandInMenu.application = menu
  }

  /** Opens it under the mouse. */
  popup(): void {
    StandInMenu.popped = this
  }

  /** Whether an item, also of a submenu, fulfils a condition. */
  some(condition: (item: ShownItem) => boolean): boolean {
    return this.shownItems.some((item) => condition(item) || item.submenu?.some(condition) === true)
  }

  /** The item with a shortcut, also in submenus. */
  withAccelerator(accelerator: string): ShownItem | undefined {
    for (const item of this.shownItems) {
      const found = item.accelerator === accelerator ? item : item.submenu?.withAccelerator(accelerator)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** An item by its label, through submenus as well. */
  find(label: string): ShownItem | undefined {
    for (const item of this.shownItems) {
      if (item.label === label) return item
      const inside = item.submenu?.find(label)
      if (inside !== undefined) return inside
    }
    return undefined
  }
}
