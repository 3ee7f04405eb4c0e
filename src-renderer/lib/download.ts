/** Starts downloads in the browser. */

/** Follows a link whose answer is an attachment. */
export function downloadFrom(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}

export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  downloadFrom(url, name)
  // The download has started by the next task, so the URL can be released then.
  setTimeout(() => URL.revokeObjectURL(url))
}
