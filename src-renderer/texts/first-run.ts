/** All texts of the first run. */
import type { Vendor } from '../lib/docker.ts'

const VENDORS: Readonly<Record<Vendor, string>> = { nvidia: 'NVIDIA', amd: 'AMD', intel: 'Intel', cpu: 'CPU' }
const NOTES: Readonly<Record<Vendor, string>> = {
  nvidia: 'Needs the NVIDIA Container Toolkit on that computer.',
  amd: 'For cards that ROCm supports. The image is large, some 35 GB.',
  intel: 'For Intel graphics, built in or Arc.',
  cpu: 'Works everywhere, and is the slowest.',
}

export const words = {
  title: 'Four steps to begin',
  hide: 'Hide these steps',
  done: 'done',
  toDo: 'to do',
  allDone: 'All four steps are done: Immich uses this proxy.',
  start: 'Start a server',
  startText:
    'On the computer that is to do the work, with Docker. It is what Immich calls immich-machine-learning.',
  card: 'Graphics card',
  vendor: (vendor: Vendor): string => VENDORS[vendor],
  note: (vendor: Vendor): string => NOTES[vendor],
  version: 'Version of your Immich',
  versionHint: 'As 2.5.1; “release” is the newest. Both should be the same.',
  command: 'Docker command',
  copyCommand: 'Copy the Docker command',
  compose: 'The same as a compose file',
  copyCompose: 'Copy the compose file',
  add: 'Add it',
  addText: 'Press Add backend, enter its address, for example 192.168.1.20, test and save it.',
  found: (url: string): string => `A machine-learning server answers at ${url}.`,
  notFound: (url: string): string => `Nothing answers at ${url} on this computer.`,
  addFound: 'Add this one',
  try: 'Try a picture',
  tryText: 'See what the server finds on a picture, and how long it takes.',
  tryFirst: 'Once a backend is added.',
  tell: 'Tell Immich',
  tellText:
    'Enter the address above in Immich: Administration → Settings → Machine Learning, in place of the old one. This step is done when Immich asks for the first time.',
} as const
