/** Texts of the page in French where something cannot be shown, is refused, or would be lost. */
import type { Words } from './locale.js';

export const refusals: Pick<Words, 'ended' | 'problems' | 'leave'> = {
  ended: {
    missing: (name) => `Il n’y a pas de tableau nommé ${name}`,
    mayCreate: 'Vous pouvez le créer maintenant et l’utiliser aussitôt.',
    askSomebody: 'Vérifiez l’adresse ou demandez à quelqu’un qui peut créer des tableaux.',
    create: 'Créer ce tableau',
    elsewhere: 'Depuis un terminal ou un programme',
    deleted: 'Ce tableau a été supprimé',
    forbidden: 'Votre jeton ne permet pas de lire ce tableau',
  },
  problems: {
    signIn: 'Le jeton manque ou n’est plus valable\u202f: reconnectez-vous.',
    forbidden: 'Votre jeton ne le permet pas.',
    noBoard: 'Ce tableau n’existe pas.',
    noCounter: 'Ce compteur n’existe pas.',
    changed: 'Quelqu’un d’autre a modifié le tableau\u202f: réessayez.',
    full: 'La limite du service est atteinte\u202f: supprimez d’abord quelque chose.',
    tooMany: 'Trop de requêtes\u202f: réessayez dans une minute.',
    busy: 'Le service est occupé\u202f: réessayez dans un instant.',
    failed: 'Le service a échoué\u202f: réessayez ou adressez-vous à son responsable.',
    away: 'Le service est injoignable\u202f: réessayez.',
  },
  leave: {
    title: 'Quitter sans enregistrer\u202f?',
    text: 'Vos modifications ne sont pas encore enregistrées.',
    stay: 'Rester',
    discard: 'Abandonner',
    save: 'Enregistrer',
  },
};
