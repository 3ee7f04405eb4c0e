import path from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const root = path.join(import.meta.dirname, 'src-renderer')

export default defineConfig({
  root,
  base: '/',
  publicDir: path.join(root, 'public'),
  plugins: [vue()],
  build: {
    outDir: path.join(import.meta.dirname, 'dist', 'renderer'),
    emptyOutDir: true,
    // A data: URL would need a wider CSP.
    assetsInlineLimit: 0,
    // The polyfill of module preloading is an inline script; every browser with ES2022 has it built in.
    modulePreload: { polyfill: false },
    target: 'es2022',
    rolldownOptions: { input: [path.join(root, 'index.html'), path.join(root, 'home.html')] },
  },
})
