import Database from 'better-sqlite3'
import { Place } from './place'
import { brokenOf, type Conditions, type Verdict } from './trial'

const racers = 8
const times = 100
const startLimit = 60_000

/** Processes that send the same unique job at the same moment, many times each, make one job. */
export async function unique({ short, folder }: Conditions): Promise<Verdict> {
  const keys = short ? 5 : 20
  const place = new Place(folder)
  const producers = Array.from({ length: racers }, () => place.child('producer'))
  await Promise.all(producers.map((producer) => producer.ready()))
  const ids = new Map<string, Set<unknown>>()
  for (let index = 0; index < keys; index++) {
    const key = `key ${index}`
    const at = Date.now() + 100
    for (const producer of producers) producer.tell({ event: 'race', key, times, at })
    const told = await Promise.all(producers.map((each) => each.told('raced', startLimit)))
    ids.set(key, new Set(told.flatMap((news) => news.ids as string[])))
  }
  await Promise.all(producers.map((producer) => producer.stop()))
  const rows = rowsByKey(place.file)
  const most = Math.max(...rows.values())
  const told = Math.max(...[...ids.values()].map((some) => some.size))
  return {
    figures: `${racers} producers, each ${times} times the same job, ${keys} keys: at most ${most} row and ${told} id of a key`,
    broken: brokenOf({
      [`${rows.size} keys have a row, expected ${keys}`]: rows.size === keys,
      [`a key has ${most} rows, expected 1`]: most === 1,
      [`the producers were told ${told} ids of one key, expected 1`]: told === 1,
    }),
  }
}

function rowsByKey(file: string): Map<string, number> {
  const db = new Database(file, { readonly: true })
  const sql = `select data, count(*) as count from jobs group by json_extract(data, '$.args')`
  const rows = db.prepare(sql).all()
  db.close()
  return new Map((rows as { data: string; count: number }[]).map((row) => [row.data, row.count]))
}
