/** What Immich's tasks are called on the pages: in words of a home user, with the technical name beside. */
export interface TaskWords {
  readonly words: string
  readonly technical: string
}

const WORDS: Readonly<Record<string, string>> = {
  'clip/visual': 'Smart search: photos',
  'clip/textual': 'Smart search: search words',
  'facial-recognition': 'Faces',
  ocr: 'Text in photos',
  others: 'Others',
}

export function taskWords(task: string): TaskWords {
  const words = WORDS[task]
  return words === undefined ? { words: task, technical: '' } : { words, technical: task.replace('/', ' ') }
}
