import { agendaOn } from './agenda-app'
import { counting, serve } from './lines'

async function main([url = '', marks = '']: string[]): Promise<void> {
  const { agenda } = agendaOn(url)
  await agenda.ready
  agenda.on('complete', counting(marks.split(',').map(Number)))
  await agenda.start()
  serve({}, () => agenda.stop())
}

void main(process.argv.slice(2))
