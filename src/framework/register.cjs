'use strict'

// Lets Node load this project's TypeScript: `node -r ./src/framework/register.cjs file.ts`. ts-node
// compiles each file once, as tsconfig.json says; from then on the result is read from
// node_modules/.cache, and neither ts-node nor TypeScript is loaded, which saves each process and
// each thread 100 MB and 150 ms. This file is JavaScript because nothing is there to compile it.

const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { basename, dirname, join } = require('node:path')

const root = dirname(dirname(__dirname))
const folder = join(root, 'node_modules', '.cache', 'atelier')
const tools = ['ts-node', '@swc/core'].map((name) => require(`${name}/package.json`).version)
const settings = [
  ...tools,
  process.version,
  readFileSync(join(root, 'tsconfig.json'), 'utf8'),
].join()

let compiler

/** The compiled file: from the cache, else made now and put there for the next time. */
function load(file) {
  const code = readFileSync(file, 'utf8')
  const name = join(folder, `${basename(file, '.ts')}-${digest(settings, code)}.js`)
  try {
    return readFileSync(name, 'utf8')
  } catch {
    const compiled = compile(code, file)
    keep(name, compiled)
    return compiled
  }
}

function compile(code, file) {
  compiler ??= createCompiler()
  return compiler.compile(code, file).replace(inlineMap, (_, head, map) => head + placeless(map))
}

/** ts-node would print the lines of what it compiled itself only; Node knows those of all files. */
function createCompiler() {
  const { prepareStackTrace } = Error
  const created = require('ts-node').create({ cwd: root })
  Error.prepareStackTrace = prepareStackTrace
  return created
}

const inlineMap = /(\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,)(\S+)\s*$/

/** The source map of a file that may lie anywhere: its source is beside it. */
function placeless(base64) {
  const { sourceRoot: _, ...map } = JSON.parse(Buffer.from(base64, 'base64').toString())
  const sources = map.sources.map((source) => basename(source))
  return Buffer.from(JSON.stringify({ ...map, sources })).toString('base64')
}

/** A folder that cannot be written costs time, nothing else. */
function keep(name, compiled) {
  const draft = `${name}.${process.pid}`
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(draft, compiled)
    renameSync(draft, name)
  } catch {
    rmSync(draft, { force: true })
  }
}

function digest(...parts) {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 24)
}

process.setSourceMapsEnabled(true)
require.extensions['.ts'] = (module, file) => module._compile(load(file), file)
