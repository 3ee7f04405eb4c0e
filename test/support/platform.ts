/** Sets `process.platform` for the code under test. */
const real = process.platform

/** From now on the code runs as on this system. */
export function onPlatform(platform: NodeJS.Platform): void {
  Object.defineProperty(process, 'platform', { value: platform })
}

/** Takes {@link onPlatform} back. */
export function onRealPlatform(): void {
  onPlatform(real)
}
