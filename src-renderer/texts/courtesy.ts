/** What the page /config says of pauses, and of the container in which a backend runs. */
export const words = {
  summary: 'Pauses and this computer’s server',
  rules: 'Pause it while this computer is used',
  whichComputer: 'What counts is the computer on which this proxy runs.',
  games: 'While a game runs (Steam, or GameMode on Linux)',
  battery: 'While it runs on its battery (the app alone knows)',
  programs: 'While these programs run',
  programsHint: 'One name a line.',
  schedule: 'At these times',
  scheduleHint: 'One line each, in the time of that computer.',
  idle: 'Until nobody has used it for (minutes)',
  idleHint: 'The app alone knows.',
  keepSearch: 'Meanwhile it still answers searches that no other backend takes',
  server: 'This computer’s server',
  serverHint:
    'Its container is started when it is needed, and stopped when it is not: only that frees the GPU’s memory.',
  container: 'Container',
  noContainer: 'none',
  stopAfter: 'Stop it after (minutes)',
  stopAfterHint: 'Without a prediction.',
  resume: 'Resume',
  stop: 'Stop',
  start: 'Start',
  pauseMeans:
    'What runs is finished. Photos that no other backend takes wait up to 4½ minutes; for longer pauses the queue guard keeps them in Immich.',
}
