/** Hands a file to the browser's downloads. */

/** Follows a link that the server marks as a download. */
export function downloadFrom(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}

export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  downloadFrom(url, name)
  // The download has begun by the next turn.
  setTimeout(() => URL.revokeObjectURL(url))
}
