// Whether the desktop can run here, as far as it can be told without Electron's binary. Pure.

/**
 * @typedef {object} Situation
 * @property {readonly string[]} args the flags of the app
 * @property {NodeJS.Platform} platform
 * @property {Readonly<Record<string, string | undefined>>} env
 * @property {number | undefined} uid undefined on Windows
 */

const TERMINAL_FLAGS = new Set(['--help', '-h', '--version', '-v'])

/**
 * Whether plain Node was asked for: there is nothing to explain.
 * @param {readonly string[]} args
 */
export function wantsTerminal(args) {
  return args.some((arg) => TERMINAL_FLAGS.has(arg))
}

/**
 * Why the service runs without a desktop, as the end of a sentence; undefined where nothing speaks against one.
 * @param {Situation} situation
 */
export function whyHeadless({ args, platform, env, uid }) {
  if (args.includes('--headless')) return '--headless was given'
  if (platform !== 'linux') return undefined
  // An empty variable is as good as none.
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)'
  }
  if (uid === 0) {
    return 'root can run Electron only without its sandbox, which this app does not give up; start it as a normal user'
  }
  return undefined
}

/**
 * What keeps Chromium's sandbox from working on Linux, where it has no helper that belongs to root.
 * @param {{ helperIsSetuidRoot: boolean, userNamespaces: boolean }} found
 * @param {string} helper the path of the helper
 */
export function whyNoSandbox({ helperIsSetuidRoot, userNamespaces }, helper) {
  if (helperIsSetuidRoot || userNamespaces) return undefined
  return `this system forbids user namespaces to Electron’s sandbox; to allow its helper: sudo chown root '${helper}' && sudo chmod 4755 '${helper}'`
}
