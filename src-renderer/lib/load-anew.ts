/** Loads a page anew whose code is gone: after an update the old files are no longer there. */

/**
 * Opens a path by a new load of the whole, where the proxy answers.
 * @param open how; the present page may be opened again by a reload
 */
export async function loadAnew(path: string, open = (): void => location.assign(path)): Promise<void> {
  try {
    const { ok } = await fetch(path, { method: 'HEAD' })
    if (ok) open()
  } catch {
    // The proxy is gone, which the page says already: leaving it would lose what is edited.
  }
}
