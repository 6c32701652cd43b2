import type { Knex } from 'knex'
import { literalText, plainDefault, quoteText } from '../../defaults'
import type {
  Check,
  Column,
  ForeignKey,
  Index,
  PrimaryKey,
  ReferentialAction,
  Table,
} from '../../schema'
import { execute } from '../dialect'

/**
 * Reads the tables of the first schema of the search path, without those of extensions and without
 * partitions, which are parts of another table. Indexes that are no B-trees are left out: nothing
 * here could make them again.
 *
 * @param names only these
 */
export async function readTables(db: Knex, names?: readonly string[]): Promise<Table[]> {
  const among = `where ${amongTables(names)}`
  const tables = await rows<TableRow>(db, `${tablesSql} ${among} order by c.relname`)
  const columns = await rows<ColumnRow>(db, `${columnsSql} ${among} order by a.attnum`)
  const indexes = await rows<IndexRow>(db, `${indexesSql} ${among} order by i.relname`)
  const constraints = await rows<ConstraintRow>(db, `${constraintsSql} ${among} order by k.conname`)
  const of = { columns: byTable(columns), indexes: byTable(indexes), rest: byTable(constraints) }
  return tables.map(({ id, name, comment, partition }) => ({
    name,
    columns: (of.columns.get(id) ?? []).map(readColumn),
    indexes: (of.indexes.get(id) ?? []).map(readIndex),
    ...readConstraints(of.rest.get(id) ?? []),
    comment,
    ...(partition !== null && { extra: `partition by ${partition}` }),
  }))
}

async function rows<T>(db: Knex, sql: string): Promise<T[]> {
  return (await execute<{ rows: T[] }>(db, sql)).rows
}

function byTable<T extends { id: number }>(all: readonly T[]): Map<number, T[]> {
  const tables = new Map<number, T[]>()
  for (const row of all) {
    const own = tables.get(row.id)
    if (own) own.push(row)
    else tables.set(row.id, [row])
  }
  return tables
}

function amongTables(names: readonly string[] | undefined): string {
  const these = names && `and c.relname = any (array[${names.map(quoteText).join(', ')}]::name[])`
  return `c.relnamespace = (select oid from pg_namespace where nspname = current_schema())
    and c.relkind in ('r', 'p') and not c.relispartition ${these ?? ''}
    and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass
      and e.objid = c.oid and e.deptype = 'e')`
}

// A Knex that maps names leaves them as they are when they are single words of small letters.

interface TableRow {
  readonly id: number
  readonly name: string
  readonly comment: string | null
  readonly partition: string | null
}

const tablesSql = `select c.oid as id, c.relname as name, pg_get_partkeydef(c.oid) as partition,
  obj_description(c.oid, 'pg_class') as comment
  from pg_class c`

interface ColumnRow {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly expression: string | null
  readonly collation: string | null
  readonly generated: boolean
  readonly identity: boolean
  /** Whether it owns a sequence. */
  readonly owner: boolean
  readonly comment: string | null
}

const columnsSql = `select c.oid as id, a.attname as name, not a.attnotnull as nullable,
  format_type(a.atttypid, a.atttypmod) as type, pg_get_expr(d.adbin, d.adrelid) as expression,
  case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end as collation,
  a.attgenerated <> '' as generated, a.attidentity <> '' as identity,
  exists (select from pg_depend o join pg_class s on s.oid = o.objid and s.relkind = 'S'
    where o.classid = 'pg_class'::regclass and o.refclassid = 'pg_class'::regclass
    and o.refobjid = c.oid and o.refobjsubid = a.attnum and o.deptype = 'a') as owner,
  col_description(c.oid, a.attnum) as comment
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum`

function readColumn({ name, nullable, comment, expression, ...row }: ColumnRow): Column {
  const type = plainType(row.type)
  const serial = row.owner && expression !== null && /^nextval\(/.test(expression)
  const autoIncrement = row.identity || serial
  const isDefault = !autoIncrement && !row.generated
  const extra = [
    ...(row.collation === null ? [] : [`collate ${row.collation}`]),
    ...(row.generated ? [`generated always as (${expression}) stored`] : []),
  ]
  return {
    name,
    type,
    nullable,
    default: isDefault ? plainDefault(type, withoutCast(expression)) : null,
    autoIncrement,
    comment,
    ...(extra.length > 0 && { extra: extra.join(' ') }),
  }
}

const types: readonly (readonly [RegExp, string])[] = [
  [/^double precision$/, 'double'],
  [/^numeric\((\d+),(\d+)\)$/, 'decimal($1, $2)'],
  [/^character varying\((\d+)\)$/, 'string($1)'],
  [/^timestamp(\(6\))? with time zone$/, 'datetime'],
  [/^timestamp\((\d)\) with time zone$/, 'datetime($1)'],
  [/^time without time zone$/, 'time'],
  // What is called json everywhere is another type here, and this one has to be told from it.
  [/^json$/, 'pg_catalog.json'],
  [/^jsonb$/, 'json'],
  [/^bytea$/, 'binary'],
]

function plainType(written: string): string {
  const found = types.find(([pattern]) => pattern.test(written))
  return found ? written.replace(...found) : written
}

const casted = /^('(?:[^']|'')*'|NULL)::([\w ".]+(?:\([\d,]+\))?(?:\[\])*)$/

/** PostgreSQL says the type of every literal: `'x'::character varying`, `'-1'::integer`. */
function withoutCast(expression: string | null): string | null {
  const [, literal, type = ''] = casted.exec(expression ?? '') ?? []
  if (literal === undefined) return expression
  if (literal === 'NULL') return null
  const isNumber = /^(smallint|integer|bigint|numeric|real|double precision)\b/.test(type)
  return isNumber ? (literalText(literal) ?? literal) : literal
}

interface IndexRow {
  readonly id: number
  readonly name: string
  readonly unique: boolean
  readonly constraint: boolean
  readonly predicate: string | null
  readonly columns: readonly {
    readonly name: string | null
    readonly expression: string
    readonly descending: boolean
  }[]
}

const indexesSql = `select c.oid as id, i.relname as name, x.indisunique as unique,
  pg_get_expr(x.indpred, x.indrelid, true) as predicate,
  exists (select from pg_constraint k where k.conindid = i.oid and k.contype = 'u') as constraint,
  (select json_agg(json_build_object(
      'name', a.attname, 'expression', pg_get_indexdef(i.oid, u.position::integer, true),
      'descending', u.option & 1 = 1) order by u.position)
    from unnest(x.indkey::int2[], x.indoption::int2[]) with ordinality u (attnum, option, position)
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum and u.attnum > 0
    where u.position <= x.indnkeyatts) as columns
  from pg_class c
  join pg_index x on x.indrelid = c.oid and not x.indisprimary and not x.indisexclusion
  join pg_class i on i.oid = x.indexrelid
  join pg_am m on m.oid = i.relam and m.amname = 'btree'`

function readIndex({ name, unique, constraint, predicate, ...row }: IndexRow): Index {
  const columns = row.columns.map(({ name: column, expression, descending }) => ({
    name: column ?? inBrackets(expression),
    descending,
  }))
  return { name, columns, unique, where: predicate, constraint }
}

/** PostgreSQL gives brackets to all but calls of functions. */
function inBrackets(expression: string): string {
  return expression.startsWith('(') ? expression : `(${expression})`
}

interface ConstraintRow {
  readonly id: number
  readonly name: string
  readonly kind: 'p' | 'f' | 'c'
  readonly columns: readonly string[]
  readonly target: string
  readonly references: readonly string[]
  readonly deleted: string
  readonly updated: string
  readonly expression: string
}

const columnNames = (table: string, numbers: string) =>
  `array(select a.attname::text from unnest(${numbers}) with ordinality u (attnum, position)
    join pg_attribute a on a.attrelid = ${table} and a.attnum = u.attnum order by u.position)`

const constraintsSql = `select c.oid as id, k.conname as name, k.contype as kind,
  ${columnNames('k.conrelid', 'k.conkey')} as columns,
  case when pg_table_is_visible(r.oid) then '' else r.relnamespace::regnamespace || '.' end
    || r.relname as target,
  ${columnNames('k.confrelid', 'k.confkey')} as references,
  k.confdeltype as deleted, k.confupdtype as updated,
  pg_get_expr(k.conbin, k.conrelid, true) as expression
  from pg_class c
  join pg_constraint k on k.conrelid = c.oid and k.contype in ('p', 'f', 'c') and k.conparentid = 0
  left join pg_class r on r.oid = k.confrelid`

function readConstraints(all: readonly ConstraintRow[]) {
  const primary = all.find(({ kind }) => kind === 'p')
  const primaryKey: PrimaryKey | null = primary
    ? { name: primary.name, columns: primary.columns }
    : null
  const foreignKeys: ForeignKey[] = all.filter(({ kind }) => kind === 'f').map(readForeignKey)
  const checks: Check[] = all
    .filter(({ kind }) => kind === 'c')
    .map(({ name, expression }) => ({ name, expression }))
  return { primaryKey, foreignKeys, checks }
}

const actions: Readonly<Record<string, ReferentialAction>> = {
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
}

function readForeignKey({ name, columns, target, references, ...row }: ConstraintRow): ForeignKey {
  const onDelete = actions[row.deleted] ?? 'no action'
  const onUpdate = actions[row.updated] ?? 'no action'
  return { name, columns, table: target, references, onDelete, onUpdate }
}
