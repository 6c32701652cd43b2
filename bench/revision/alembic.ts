import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { python } from '../jobs/install'
import type { Project } from './project'

const alembicProgram = join(dirname(python), 'alembic')

/** Makes a project of Alembic, with the settings that it gives to a new one. */
export function alembic(folder: string): Project {
  mkdirSync(folder)
  execFileSync(alembicProgram, ['init', 'migrations'], { cwd: folder, stdio: 'ignore' })
  say(join(folder, 'migrations/env.py'))
  return {
    name: 'Alembic',
    folder,
    models: 'models.py',
    comment: '#',
    migrations: 'migrations/versions',
    ending: '.py',
    modelsOf,
    addressOf,
    revise: {
      program: alembicProgram,
      args: ['revision', '--autogenerate', '-m', 'items'],
    },
    apply: { program: alembicProgram, args: ['upgrade', 'head'] },
  }
}

/** Tells the program that Alembic runs which models there are, and where their tables are. */
function say(file: string): void {
  const text = readFileSync(file, 'utf8')
  const place = 'target_metadata = None'
  if (!text.includes(place)) throw new Error(`Alembic writes ${file} in another way now.`)
  writeFileSync(file, text.replace(place, settings))
}

const settings = `import os

from models import Base

config.set_main_option('sqlalchemy.url', os.environ['DATABASE_URL'].replace('%', '%%'))
target_metadata = Base.metadata`

function addressOf(address: string): string {
  return address.startsWith('sqlite:')
    ? address.replace('sqlite:', 'sqlite:///')
    : address.replace(/^postgres(ql)?:/, 'postgresql+psycopg:')
}

function modelsOf(tables: number, more: boolean): string {
  const models = Array.from({ length: tables }, (_, at) => model(at, more && at === tables - 1))
  return `${head}${models.join('')}`
}

const head = `from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass
`

function model(at: number, more: boolean): string {
  const name = `item_${at}`
  const before = `\n    before: Mapped[int] = mapped_column(ForeignKey('item_${at - 1}.id'))`
  const added = '\n    added: Mapped[str | None] = mapped_column(String(40))'
  return `

class Item${at}(Base):
    __tablename__ = '${name}'
    __table_args__ = (Index('${name}_title_made_index', 'title', 'made'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    made: Mapped[datetime]
    done: Mapped[bool] = mapped_column(server_default=false())${at > 0 ? before : ''}${more ? added : ''}
`
}
