/** Texts of the page in Arabic where something cannot be shown, is refused, or would be lost. */
import { isolate } from './isolate.js';
import type { Words } from './locale.js';

export const refusals: Pick<Words, 'ended' | 'problems' | 'leave'> = {
  ended: {
    missing: (name) => `لا توجد لوحة باسم ${isolate(name)}`,
    mayCreate: 'يمكنك إنشاؤها الآن واستخدامها فورًا.',
    askSomebody: 'تحقّق من العنوان، أو اسأل من يحق له إنشاء اللوحات.',
    create: 'إنشاء هذه اللوحة',
    elsewhere: 'من الطرفية أو من برنامج',
    deleted: 'حُذفت هذه اللوحة',
    forbidden: 'رمزك لا يتيح قراءة هذه اللوحة',
  },
  problems: {
    signIn: 'الرمز مفقود أو لم يعد صالحًا: سجّل الدخول من جديد.',
    forbidden: 'رمزك لا يسمح بهذا.',
    noBoard: 'هذه اللوحة غير موجودة.',
    noCounter: 'هذا العدّاد غير موجود.',
    changed: 'غيّر شخص آخر اللوحة: حاول مرة أخرى.',
    full: 'بلغت الخدمة حدّها: احذف شيئًا أولًا.',
    tooMany: 'طلبات كثيرة جدًا: حاول بعد دقيقة.',
    busy: 'الخدمة مشغولة: حاول بعد لحظات.',
    failed: 'حدث خطأ في الخدمة: حاول مرة أخرى أو اسأل المسؤول عنها.',
    away: 'تعذّر الوصول إلى الخدمة: حاول مرة أخرى.',
  },
  leave: {
    title: 'المغادرة دون حفظ؟',
    text: 'لم تُحفظ تغييراتك بعد.',
    stay: 'البقاء',
    discard: 'تجاهل',
    save: 'حفظ',
  },
};
