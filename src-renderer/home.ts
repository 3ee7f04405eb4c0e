import { applyTheme, readTheme } from './lib/theme.ts'

applyTheme(readTheme())
