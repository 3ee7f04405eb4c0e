import eslint from '@eslint/js'
import vue from 'eslint-plugin-vue'
import a11y from 'eslint-plugin-vuejs-accessibility'
import globals from 'globals'
import tseslint from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

/**
 * The floors of `src-main/`, the lowest first: a folder imports from itself and from those before it. `src-shared/`
 * lies under all of them and imports nothing of the server.
 */
const FLOORS = [
  'platform',
  'wire',
  'settings',
  'auth',
  'backends',
  'traffic',
  'history',
  'immich',
  'courtesy',
  'predict',
  'http',
  'listener',
  'app',
  'desktop',
]
const ELECTRON = ['electron', 'electron-store']
/** `predict/memory/` is imported by its interface alone. */
const FENCED = ['**/memory/*', '!**/memory/buffer-pool.ts']

/** One rule for each floor: no import of a higher one, Electron in `desktop/` and `main.ts` alone, Express in `http/`. */
function floors() {
  const inside = FLOORS.map((floor, index) => {
    const above = FLOORS.slice(index + 1)
    const packages = [...(floor === 'desktop' ? [] : ELECTRON), ...(floor === 'http' ? [] : ['express'])]
    const patterns = [
      ...above.map((name) => `**/${name}/**`),
      ...FENCED,
      '**/main.ts',
      '**/cli.ts',
      '**/src-renderer/**',
    ]
    return { files: [`src-main/${floor}/**/*.ts`], rules: restrictImports(packages, patterns) }
  })
  const everything = FLOORS.map((name) => `**/${name}/**`)
  return [
    ...inside,
    {
      files: ['src-main/cli.ts'],
      rules: restrictImports([...ELECTRON, 'express'], ['**/desktop/**', ...FENCED]),
    },
    { files: ['src-main/main.ts'], rules: restrictImports(['express'], FENCED) },
    {
      files: ['src-shared/**/*.ts'],
      rules: restrictImports([...ELECTRON, 'express', 'node:*'], [...everything, '**/src-*/**', 'node:*']),
    },
    {
      files: ['src-renderer/**/*.{ts,vue}'],
      rules: restrictImports([...ELECTRON, 'express'], ['**/src-main/**', 'node:*']),
    },
  ]
}

/**
 * @param {string[]} paths packages
 * @param {string[]} patterns of relative imports, as in .gitignore
 * @returns {import('eslint').Linter.RulesRecord}
 */
function restrictImports(paths, patterns) {
  return { 'no-restricted-imports': ['error', { paths, patterns }] }
}

/** Components whose sentences still stand in their templates. */
const TEXTS_TO_BE_MOVED = [
  'src-renderer/components/config/AppSettings.vue',
  'src-renderer/components/config/BackendDetails.vue',
  'src-renderer/components/config/PasswordCard.vue',
  'src-renderer/components/config/TextField.vue',
  'src-renderer/components/ui/{AppHeader,ConnectionNote}.vue',
]

export default tseslint.config(
  { ignores: ['dist', 'release', '.dev', 'node_modules', 'test-results', 'test-reports', 'coverage'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  ...vue.configs['flat/recommended'],
  ...a11y.configs['flat/recommended'],
  {
    languageOptions: {
      globals: globals.node,
      parserOptions: {
        project: ['./tsconfig.test.json', './tsconfig.renderer.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 14],
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Express tells an error handler by its number of parameters.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Names in brackets are what `noPropertyAccessFromIndexSignature` asks for in other places.
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    // Sentences stand in `src-renderer/texts/`, so that a translation is one more file. What is ignored is to follow.
    files: ['src-renderer/components/{config,overview,try}/*.vue', 'src-renderer/components/ui/*.vue'],
    ignores: TEXTS_TO_BE_MOVED,
    rules: { 'vue/no-bare-strings-in-template': ['error', { allowlist: ['·', ':', '↳', '–'] }] },
  },
  {
    files: ['src-renderer/**/*.{ts,vue}'],
    languageOptions: {
      globals: globals.browser,
      parser: vueParser,
      parserOptions: { parser: tseslint.parser },
    },
    rules: {
      'vue/multi-word-component-names': 'off',
      // A label names its field by nesting or by id; one of the two is enough.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      // A table that is laid out as a grid on a phone loses its roles unless they are written down.
      'vuejs-accessibility/no-redundant-roles': [
        'error',
        {
          table: ['table'],
          thead: ['rowgroup'],
          tbody: ['rowgroup'],
          tr: ['row'],
          th: ['columnheader', 'rowheader'],
          td: ['cell'],
        },
      ],
      'vue/no-static-inline-styles': 'error',
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      // Prettier owns the layout of templates.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
    },
  },
  {
    // The words of these pages stand in `texts/`, so that a translation is one more file for each of them.
    files: [
      'src-renderer/views/{OverviewView,DebugView}.vue',
      'src-renderer/components/{overview,debug}/*.vue',
    ],
    rules: {
      'vue/no-bare-strings-in-template': [
        'error',
        { attributes: { '/.+/': ['title', 'aria-label', 'aria-description', 'placeholder', 'alt'] } },
      ],
    },
  },
  {
    // The same parser reads .ts files of the renderer that are not single-file components.
    files: ['src-renderer/**/*.ts'],
    languageOptions: { parser: tseslint.parser },
  },
  ...floors(),
  {
    // Tests and scripts print, and a scenario is read better in one piece.
    files: ['test/**', 'scripts/**', 'bench/**', '*.config.{js,ts}'],
    rules: {
      'no-console': 'off',
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      complexity: 'off',
      '@typescript-eslint/explicit-function-return-type': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    ...tseslint.configs.disableTypeChecked,
  },
)
