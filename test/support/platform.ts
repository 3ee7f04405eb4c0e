/** Lets the code under test believe that it runs on another system. */
const real = process.platform

export function onPlatform(platform: NodeJS.Platform): void {
  Object.defineProperty(process, 'platform', { value: platform })
}

export function onRealPlatform(): void {
  onPlatform(real)
}
