// The whole script of the product. Every page works without it; it only saves steps.
import htmx from 'htmx.org'
import { newContentNewId } from './again'
import { askFirst } from './confirm'
import { device } from './device/index'
import { listenToButtons, markGaps, markTiles, openByHash } from './dom'
import { guardForms } from './guard'
import { listenToKeys } from './keys'
import { liveBoards } from './live'
import { phoneMenu } from './menu'
import { smallerPhotographs } from './photo'
import { printButtons } from './paper'
import { pushHere } from './push'
import { rolls } from './roll'
import { rowLinks } from './rows'
import { themeSwitch } from './theme'
import { voiceNotes } from './voice'

declare global {
  interface Window {
    htmx: typeof htmx
  }
}
window.htmx = htmx
document.documentElement.classList.add('js')
listenToButtons()
markGaps()
markTiles()
rolls()
openByHash()
themeSwitch()
phoneMenu()
askFirst()
newContentNewId()
guardForms()
listenToKeys()
rowLinks()
printButtons()
smallerPhotographs()
voiceNotes()
device()
liveBoards()
pushHere()
