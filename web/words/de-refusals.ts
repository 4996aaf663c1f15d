/** Texts of the page in German where something cannot be shown, is refused, or would be lost. */
import type { Words } from './locale.js';

export const refusals: Pick<Words, 'ended' | 'problems' | 'leave'> = {
  ended: {
    missing: (name) => `Ein Board namens ${name} gibt es nicht`,
    mayCreate: 'Es lässt sich jetzt anlegen und gleich nutzen.',
    askSomebody: 'Bitte die Adresse prüfen oder jemanden fragen, der Boards anlegen darf.',
    create: 'Dieses Board anlegen',
    elsewhere: 'Im Terminal oder in einem Programm',
    deleted: 'Dieses Board wurde gelöscht',
    forbidden: 'Das Token darf dieses Board nicht lesen',
  },
  problems: {
    signIn: 'Das Token fehlt oder gilt nicht mehr: bitte neu anmelden.',
    forbidden: 'Das Token erlaubt das nicht.',
    noBoard: 'Dieses Board gibt es nicht.',
    noCounter: 'Diesen Zähler gibt es nicht.',
    changed: 'Jemand anderes hat das Board geändert: bitte noch einmal versuchen.',
    full: 'Die Grenze des Dienstes ist erreicht: bitte erst etwas löschen.',
    tooMany: 'Zu viele Anfragen: bitte in einer Minute noch einmal versuchen.',
    busy: 'Der Dienst ist ausgelastet: bitte gleich noch einmal versuchen.',
    failed: 'Im Dienst ist ein Fehler aufgetreten: noch einmal versuchen oder den Betreiber fragen.',
    away: 'Der Dienst ist nicht erreichbar: bitte noch einmal versuchen.',
  },
  leave: {
    title: 'Ohne Speichern verlassen?',
    text: 'Die Änderungen sind noch nicht gespeichert.',
    stay: 'Bleiben',
    discard: 'Verwerfen',
    save: 'Speichern',
  },
};
