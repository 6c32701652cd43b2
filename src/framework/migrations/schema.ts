import type { ReferentialAction } from '../validation'

/**
 * The tables of a database, or of the models, as plain data. Types and defaults are written alike
 * for every database where their meaning is alike; see `types.ts`.
 */
export interface Schema {
  readonly tables: readonly Table[]
}

export interface Table {
  readonly name: string
  readonly columns: readonly Column[]
  readonly primaryKey: PrimaryKey | null
  /** Unique constraints are here too, as unique indexes. */
  readonly indexes: readonly Index[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly checks: readonly Check[]
  /** What the table is for; null where there is none, and on SQLite, which keeps none. */
  readonly comment: string | null
  /** What else the database says after the columns, as in `STRICT`: kept, never compared. */
  readonly extra?: string
}

export interface Column {
  readonly name: string
  /** As in `string(128)` or `decimal(10, 2)`; a type that only one database has stands as it is. */
  readonly type: string
  readonly nullable: boolean
  /** An SQL expression, as in `'draft'`, `0` or `CURRENT_TIMESTAMP`; null for none. */
  readonly default: string | null
  /** Whether the database counts its values. */
  readonly autoIncrement: boolean
  readonly comment: string | null
  /** What else the database says of it, as in `COLLATE NOCASE`: kept, never compared. */
  readonly extra?: string
}

/** A constraint's name is null where the database has none for it. */
export interface PrimaryKey {
  readonly name: string | null
  readonly columns: readonly string[]
}

export interface Index {
  readonly name: string
  readonly columns: readonly IndexColumn[]
  readonly unique: boolean
  /** Only the rows for which this SQL expression is true; null for all rows. */
  readonly where: string | null
  /** Whether the database made it for a constraint of the table, which then is what is dropped. */
  readonly constraint?: boolean
}

export interface IndexColumn {
  /** A column, or an SQL expression in brackets. */
  readonly name: string
  readonly descending: boolean
}

export type { ReferentialAction }

export interface ForeignKey {
  readonly name: string | null
  readonly columns: readonly string[]
  readonly table: string
  readonly references: readonly string[]
  readonly onDelete: ReferentialAction
  readonly onUpdate: ReferentialAction
  /** What else the database says of it, as in `DEFERRABLE`: kept, never compared. */
  readonly extra?: string
}

export interface Check {
  readonly name: string | null
  readonly expression: string
}
