// A voice note for those who do not type: a button records, the file goes with the form like any other.
import { pressed } from './dom'

const LONGEST = 60
const KINDS = [{ media: 'audio/webm', ending: 'webm' }, { media: 'audio/mp4', ending: 'm4a' }, { media: 'audio/ogg', ending: 'ogg' }]

export function voiceNotes(): void {
  const able = typeof MediaRecorder !== 'undefined' && typeof DataTransfer !== 'undefined' && !!navigator.mediaDevices
  document.querySelectorAll<HTMLElement>('[data-voice]').forEach((part) => (part.hidden = !able))
  if (!able) return
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-record]')
    const part = button && button.closest<HTMLElement>('[data-voice]')
    if (button && part) record(part, button)
  })
}

async function record(part: HTMLElement, start: HTMLElement): Promise<void> {
  const stop = part.querySelector<HTMLElement>('[data-stop]')
  const input = part.querySelector<HTMLInputElement>('input[type=file]')
  const told = part.querySelector<HTMLElement>('[data-recorded]')
  const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one.media))
  if (!stop || !input || !told || !kind) return
  let sound: MediaStream
  try {
    sound = await navigator.mediaDevices.getUserMedia({ audio: true })
  } catch (_) {
    part.hidden = true
    return
  }
  const recorder = new MediaRecorder(sound, { mimeType: kind.media, audioBitsPerSecond: 24000 })
  const pieces: Blob[] = []
  const begun = Date.now()
  const swap = (recording: boolean): void => {
    start.hidden = recording
    stop.hidden = !recording
  }
  recorder.ondataavailable = (event) => pieces.push(event.data)
  recorder.onstop = () => {
    clearTimeout(clock)
    if (form) form.removeEventListener('submit', first, true)
    sound.getTracks().forEach((track) => track.stop())
    const list = new DataTransfer()
    list.items.add(new File(pieces, `voice.${kind.ending}`, { type: kind.media }))
    input.files = list.files
    told.textContent = (told.dataset.said || '').replace('{n}', String(Math.max(1, Math.round((Date.now() - begun) / 1000))))
    swap(false)
    start.focus()
  }
  // Whoever sends while he speaks sends what he has said.
  const form = part.closest('form')
  const first = (event: Event): void => {
    event.preventDefault()
    event.stopImmediatePropagation()
    const button = pressed(event)
    recorder.addEventListener('stop', () => (button ? button.click() : form && form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })) && form.submit()), { once: true })
    recorder.stop()
  }
  if (form) form.addEventListener('submit', first, true)
  const clock = setTimeout(() => recorder.state === 'recording' && recorder.stop(), LONGEST * 1000)
  stop.onclick = () => recorder.state === 'recording' && recorder.stop()
  recorder.start()
  swap(true)
  stop.focus()
}
