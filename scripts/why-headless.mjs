// Decides whether the desktop app can run here, as far as that is known without Electron's binary. Pure.

/**
 * @typedef {object} Situation
 * @property {readonly string[]} args the flags of the app
 * @property {NodeJS.Platform} platform
 * @property {Readonly<Record<string, string | undefined>>} env
 * @property {number | undefined} uid undefined on Windows
 */

const TERMINAL_FLAGS = new Set(['--help', '-h', '--version', '-v'])

/**
 * Whether the flags ask for terminal output only, which needs no desktop.
 * @param {readonly string[]} args
 */
export function wantsTerminal(args) {
  return args.some((arg) => TERMINAL_FLAGS.has(arg))
}

/**
 * The reason why the desktop app cannot run, as the end of a sentence; undefined if it can.
 * @param {Situation} situation
 */
export function whyHeadless({ args, platform, env, uid }) {
  if (args.includes('--headless')) return '--headless was given'
  if (platform !== 'linux') return undefined
  // An empty variable counts as unset.
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    return 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)'
  }
  if (uid === 0) {
    return 'root can run Electron only without its sandbox, which this app does not give up; start it as a normal user'
  }
  return undefined
}

/**
 * The reason why Chromium's sandbox cannot work on Linux. It needs user namespaces, or a setuid helper owned by root.
 * @param {{ helperIsSetuidRoot: boolean, userNamespaces: boolean }} found
 * @param {string} helper the path of the helper
 */
export function whyNoSandbox({ helperIsSetuidRoot, userNamespaces }, helper) {
  if (helperIsSetuidRoot || userNamespaces) return undefined
  return `this system forbids user namespaces to Electron’s sandbox; to allow its helper: sudo chown root '${helper}' && sudo chmod 4755 '${helper}'`
}
