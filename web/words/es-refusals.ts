/** Texts of the page in Spanish where something cannot be shown, is refused, or would be lost. */
import type { Words } from './locale.js';

export const refusals: Pick<Words, 'ended' | 'problems' | 'leave'> = {
  ended: {
    missing: (name) => `No hay ningún panel llamado ${name}`,
    mayCreate: 'Puede crearlo ahora y usarlo enseguida.',
    askSomebody: 'Compruebe la dirección o pregunte a alguien que pueda crear paneles.',
    create: 'Crear este panel',
    elsewhere: 'Desde una terminal o un programa',
    deleted: 'Este panel se ha eliminado',
    forbidden: 'Su token no puede leer este panel',
  },
  problems: {
    signIn: 'Falta el token o ya no es válido: vuelva a iniciar sesión.',
    forbidden: 'Su token no lo permite.',
    noBoard: 'Este panel no existe.',
    noCounter: 'Este contador no existe.',
    changed: 'Otra persona ha cambiado el panel: inténtelo de nuevo.',
    full: 'Se ha alcanzado el límite del servicio: elimine algo primero.',
    tooMany: 'Demasiadas solicitudes: inténtelo de nuevo en un minuto.',
    busy: 'El servicio está ocupado: inténtelo de nuevo en un momento.',
    failed: 'El servicio ha fallado: inténtelo de nuevo o consulte a quien lo administra.',
    away: 'No se puede contactar con el servicio: inténtelo de nuevo.',
  },
  leave: {
    title: '¿Salir sin guardar?',
    text: 'Los cambios aún no se han guardado.',
    stay: 'Quedarse',
    discard: 'Descartar',
    save: 'Guardar',
  },
};
