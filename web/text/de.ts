/** Every word the page says, in German. Loaded only when it is wanted. */
import type { Text } from './en.ts';
import type { MoreText } from './en-more.ts';

const others = (n: number) => (n === 1 ? '1 weitere Person' : `${n} weitere`);
const messages = (n: number) => (n === 1 ? '1 Nachricht' : `${n} Nachrichten`);

export const de: Text & MoreText = {
  locale: 'de',
  failed: 'Das hat nicht geklappt. Bitte noch einmal versuchen.',
  partMissing: 'Dieser Teil der Seite ließ sich nicht laden. Ist das Relay erreichbar?',

  you: {
    name: 'Dein Name',
    nameMeans: 'Andere sehen den Namen, den du wählst. Niemand prüft ihn.',
    nameTooLong: 'Dieser Name ist zu lang.',
    remember: 'Meinen Namen auf diesem Gerät merken',
    quiet: ['Stiller', 'Flinker', 'Sanfter', 'Früher', 'Heller', 'Kluger', 'Heiterer', 'Silberner'],
    animals: ['Fuchs', 'Dachs', 'Otter', 'Luchs', 'Rabe', 'Igel', 'Biber', 'Specht'],
    called: (quiet, animal) => `${quiet} ${animal}`,
  },

  connections: {
    title: 'Verbindungen',
    relay: 'Relay',
    relayMeans: 'Reicht versiegelte Nachrichten weiter. Es sieht deine Netzadresse und wann du da bist, nie was gesagt wird.',
    direct: 'Direkt, wo es geht',
    directMeans: 'Leute im Raum können deine Netzadresse sehen.',
    relayOnly: 'Nur über das Relay',
    relayOnlyMeans: 'Leute im Raum können deine Netzadresse nicht sehen, das Relay sieht sie.',
  },

  preview: {
    protects: 'Was geschützt ist und was nicht',
    title: 'Du bist in einen Raum eingeladen',
    nothingYet: 'Du bist noch nicht drin: Nichts über diesen Raum hat dein Gerät verlassen.',
    ends: 'Endet',
    endsAt: (inWords, at) => `${inWords}, um ${at}`,
    endsWhenEmpty: 'Wenn alle gegangen sind',
    ended: 'Dieser Raum ist gerade zu Ende gegangen. Bitte um eine neue Einladung.',
    noAddress: 'Dieser Browser stellt keine direkten Verbindungen her, darum läuft alles über das Relay.',
    join: 'Raum betreten',
    decline: 'Nein, danke',
  },

  room: {
    title: 'Raum',
    connecting: 'Verbindet …',
    joining: 'Tritt ein …',
    connected: 'Verbunden',
    tor: 'über Tor',
    gateway: 'durch ein Gateway',
    waiting: 'Wartet auf das Relay …',
    direct: 'Relay weg, direkte Verbindungen laufen weiter',
    offline: 'Offline',
    left: (time) => `noch ${time}`,
    open: 'Endet, wenn alle gegangen sind',
    minuteLeft: 'Noch eine Minute in diesem Raum',
    people: (n) => (n === 1 ? '1 Person' : `${n} Personen`),
    invite: 'Einladen',
    leave: 'Raum verlassen',
    call: 'Anruf',
    find: 'In diesem Raum suchen',
    menu: 'Menü',
    settings: 'Einstellungen',
  },

  forget: 'Alles vergessen',
  forgetMeans: 'Löscht Schlüssel, Nachrichten und alles Gespeicherte, sofort und ohne Rückfrage. Oder dreimal Esc drücken.',

  messages: {
    label: 'Nachrichten',
    you: 'Du',
    newBelow: (n) => (n === 0 ? 'Zum Neuesten' : n === 1 ? '1 neue Nachricht' : `${n} neue Nachrichten`),
    whole: 'Ganz zeigen',
    less: 'Weniger zeigen',
    today: 'Heute',
    yesterday: 'Gestern',
    empty: 'Noch wurde nichts gesagt.',
    unseenFrom: 'Neu',
    toUnseen: 'Zum ersten Ungelesenen',
    deleted: 'Diese Nachricht wurde gelöscht.',
    readBy: (n) => `, von ${n} gelesen`,
    missing: (n, who) => `Hier ${n === 1 ? 'fehlt' : 'fehlen'} ${messages(n)} von ${who}`,
    delivery: (d) => {
      if (d.state === 'sending')
        return {
          'no-path': 'Wird gesendet: wartet auf Verbindung',
          'nobody-here': 'Wartet, bis jemand kommt',
          'handing-over': 'Wird gesendet',
        }[d.why];
      if (d.state === 'sent') return d.to === 0 ? 'Gesendet' : `Gesendet, zugestellt an ${d.to} von ${d.of}`;
      if (d.state === 'delivered') return 'An alle zugestellt';
      return d.to === 0 ? 'Nicht zugestellt: Sie waren vorher weg' : `Zugestellt an ${d.to} von ${d.of}; die anderen waren vorher weg`;
    },
  },

  comings: {
    joined: (who, more) => (more === 0 ? `${who} ist hereingekommen` : `${who} und ${others(more)} sind hereingekommen`),
    left: (who, more) => (more === 0 ? `${who} ist gegangen` : `${who} und ${others(more)} sind gegangen`),
    silent: (who, more) =>
      more === 0 ? `Die Verbindung zu ${who} ist abgerissen` : `Die Verbindung zu ${who} und ${others(more)} ist abgerissen`,
  },

  composer: {
    message: 'Nachricht',
    placeholder: 'Nachricht schreiben',
    send: 'Senden',
    keys: 'Enter sendet, Umschalt und Enter beginnt eine neue Zeile.',
    bytes: (used, all) => `${used} von ${all} Bytes`,
    tooLong: 'Zu lang für eine Nachricht.',
  },

  close: 'Schließen',
  later: 'Später',
  dismiss: 'Ausblenden',
  copied: 'Kopiert',
  goHome: 'Zur Startseite',
  newRoom: 'Neuen Raum öffnen',
  tryAgain: 'Noch einmal versuchen',

  home: {
    title: 'Ein stiller Raum für ein vertrauliches Gespräch',
    lead: 'Raum öffnen, Link schicken, reden. Wenn er endet, ist alles weg.',
    honest:
      'Was du schreibst, können nur Leute lesen, die den Link haben. Das Relay reicht es weiter, ohne es lesen zu können; es sieht aber Netzadressen, Zeiten und ungefähre Größen, und du vertraust dem, der dir diese Seite liefert.',
    create: 'Raum öffnen',
    createButton: 'Raum erstellen',
    lifetime: 'Er besteht',
    lifetimes: { 5: '5 Minuten', 60: '1 Stunde', 1440: '24 Stunden', 'until-empty': 'Bis alle gegangen sind' },
    addPassword: 'Passwort hinzufügen',
    join: 'Du hast eine Einladung?',
    pasteLabel: 'Einladungslink einfügen',
    pasteButton: 'Einladung öffnen',
    offline: 'Du bist offline. Für einen Raum braucht es eine Verbindung.',
  },

  password: {
    label: 'Raumpasswort',
    show: 'Zeigen',
    toCreate: 'Sag es deinen Leuten auf anderem Weg als den Link.',
    toJoin: 'Dieser Raum verlangt auch ein Passwort. Wer dich eingeladen hat, kennt es.',
  },

  faults: {
    cut: {
      title: 'Diese Einladung ist unvollständig',
      body: 'Ein Teil des Links fehlt. Lange Links werden beim Kopieren oder beim Umbruch manchmal abgeschnitten: Kopiere ihn ganz und versuch es noch einmal.',
    },
    edited: {
      title: 'Diese Einladung wurde verändert',
      body: 'Mindestens ein Zeichen ist anders als gesendet, darum ist ihr nicht zu trauen. Bitte noch einmal um den Link und kopiere ihn, statt ihn abzutippen.',
    },
    expired: {
      title: 'Dieser Raum ist zu Ende',
      body: 'Die Einladung galt nur eine Weile, und Räume kommen nicht wieder. Bitte um eine neue oder öffne selbst einen Raum.',
    },
    'newer-version': {
      title: 'Diese Einladung braucht ein neueres Hushroom',
      body: 'Sie stammt von einer Version, die diese Seite nicht kennt. Lade die Seite neu oder öffne den Link bei dem Relay, von dem er kommt.',
    },
    'not-an-invite': {
      title: 'Das ist keine Einladung',
      body: 'Eine Einladung ist ein langer Link, der hinter einem #-Zeichen mit einer Reihe von Buchstaben und Ziffern endet. Füge den ganzen Link hier ein.',
    },
  },

  people: {
    away: 'abwesend',
    label: 'Personen',
    you: (name) => `Du bist ${name}`,
    paths: { direct: 'direkt', relayed: 'über das Relay', turn: 'TURN', carried: 'über ein Mitglied', reconnecting: 'verbindet neu' },
    pathMeans: {
      direct: 'geradewegs zwischen euren Geräten',
      relayed: 'über das Relay',
      turn: 'über einen TURN-Server',
      carried: 'kein Relay erreicht euch beide, darum trägt ein Mitglied weiter, was ihr füreinander versiegelt; Dateien warten',
      reconnecting: 'gerade nicht erreichbar',
    },
    verify: 'Prüfen',
    verified: 'Geprüft',
    mismatch: 'Emoji waren verschieden',
    nobody: 'Noch ist niemand sonst hier.',
    unknown: (n) =>
      `${n === 1 ? '1 Verbindung' : `${n} Verbindungen`} am Relay ohne Nachweis der Einladung. Sie ${n === 1 ? 'kann' : 'können'} nichts lesen.`,
    names: 'Namen wählt jeder selbst. Farbe und kurzer Code kommen aus dem Schlüssel und unterscheiden gleiche Namen.',
  },

  invite: {
    title: 'Leute einladen',
    alone: 'Du bist allein hier',
    aloneMeans: 'Schick den Link denen, die kommen sollen. Behandle ihn wie einen Schlüssel: Wer ihn hat, kommt herein.',
    link: 'Einladungslink',
    copy: 'Einladungslink kopieren',
    share: 'Teilen …',
    qr: 'QR-Code des Einladungslinks',
    copyByHand: 'Der Link ist markiert: Kopiere ihn mit Strg+C oder durch langes Drücken.',
    tor: 'Dieselbe Einladung für den Tor Browser',
    outside: 'Dieselbe Einladung für andere Browser',
    password: 'Sie brauchen auch das Passwort. Schick es auf anderem Weg.',
    keep: 'Lass diese Seite offen: Ein Raum lebt nur, solange jemand darin ist.',
  },

  reach: {
    alsoTor: 'Die Einladung öffnet sich auch im Tor Browser, unter der Onion-Adresse dieses Relays.',
    alsoOutside: 'Die Einladung öffnet sich auch außerhalb von Tor, unter der gewöhnlichen Adresse dieses Relays.',
    onionOnly: 'Nur über Tor',
    onionOnlyMeans: 'Alle müssen über die Onion-Adresse dieses Relays kommen. Keine Verbindungen zwischen den Leuten, kein Gateway.',
    fellows: 'Den Raum auch über andere Relays führen',
    fellowsMeans: 'Der Raum besteht weiter, solange eines seiner Relays erreichbar ist. Jedes davon sieht, was ein Relay sieht.',
  },

  way: {
    title: 'Dein Weg',
    you: 'du',
    relay: 'Relay',
    gateway: 'Gateway',
    tor: 'Tor',
    room: 'Raum',
    relays: 'Relays',
    means: {
      relay: 'Das Relay sieht deine Netzadresse und wann du da bist, nie aber, was gesagt wird.',
      tor: 'Das Relay sieht, wann du da bist, aber nicht deine Netzadresse: Du bist über Tor gekommen.',
      gateway: (gateway) =>
        `${gateway} sieht deine Netzadresse und dass du zu einer Onion-Adresse gehst. Es sieht weder welchen Raum, noch wer darin ist, noch was gesagt wird. Das Relay des Raums sieht deine Adresse nicht.`,
      visit: (page) => `Dieser Raum ist bei einem anderen Relay. Beim Beitreten öffnet sich dessen eigene Seite, ${page}.`,
    },
    noDirect: 'Auf diesem Weg werden nie direkte Verbindungen zu Leuten hergestellt, was der Raum auch erlaubt.',
    several: 'Der Raum besteht weiter, solange eines dieser Relays erreichbar ist.',
    states: { connected: 'verbunden', connecting: 'verbindet sich', waiting: 'nicht erreichbar', refused: 'nicht in Gebrauch' },
    torOnly: {
      title: 'Dieser Raum ist nur über Tor zu erreichen',
      promised:
        'Er wurde so gemacht, dass niemand darin eine Adresse hat, die man sehen könnte. Von dieser Seite aus kann man nicht hinein, auch nicht durch ein Gateway.',
      'no-gateway': 'Er ist unter einer Onion-Adresse, und das Relay dieser Seite bringt niemanden dorthin.',
      'no-key':
        'Er ist unter einer Onion-Adresse, und dieser Einladung fehlt der Schlüssel, an dem man das ferne Ende eines Gateways erkennt.',
      open: 'Öffne diesen Link im Tor Browser',
      copy: 'Link kopieren',
    },
  },

  doors: {
    codeLabel: 'Gesprochenen Code eintippen',
    codeButton: 'Code benutzen',
    codeMeans: 'Drei Wörter und eine Zahl, die dir jemand im Raum vorliest. Sie gelten nur unter dieser Adresse.',
    fitting: 'Passende Wörter',
    checking: 'Frage bei der Person nach, die den Code gemacht hat …',
    list: 'Öffentliche Räume hier',
    faults: {
      'not-a-code': 'Das ist kein Code. Er besteht aus einer Zahl und drei Wörtern, wie 7-crystal-window-potato.',
      gone: 'Diesen Code oder Raum gibt es hier nicht oder nicht mehr. Codes gelten zehn Minuten, für eine Person und nur unter der Adresse, unter der sie gemacht wurden.',
      busy: 'Zu viel auf einmal. Warte eine halbe Minute und versuche es wieder.',
      off: 'Dieses Relay führt keine Liste von Räumen.',
      nobody: 'An der Tür dieses Raums ist gerade niemand. Versuche es später wieder.',
      incompatible: 'Das Relay versteht diese Seite nicht. Lade sie neu und versuche es wieder.',
      unreachable: 'Das Relay ist nicht erreichbar. Prüfe deine Verbindung und versuche es wieder.',
      'wrong-code':
        'Die Wörter passten nicht, und damit ist der Code verbraucht. Bitte um einen neuen: Jeder lässt sich nur einmal versuchen.',
      forged: 'Die Liste sagt über diesen Raum etwas, das der Raum selbst nicht gesagt hat. Traue ihr nicht.',
    },
  },

  spoken: {
    title: 'Lieber vorlesen',
    means: (relay) => `Ein kurzer Code für jemanden am Telefon. Die Person öffnet ${relay} und tippt ihn dort ein; anderswo gilt er nicht.`,
    make: 'Code zum Vorlesen machen',
    another: 'Neuen Code machen',
    code: 'Gesprochener Code',
    good: (left) => `Gilt noch ${left}, für eine Person und einen Versuch.`,
    drop: 'Code zurückziehen',
    states: {
      making: 'Ein Code entsteht …',
      claimed: 'Jemand hat einen Code mit dieser Zahl eingetippt. Die Wörter werden geprüft …',
      used: 'Der Code wurde benutzt. Die Einladung ist angekommen.',
      wrong:
        'Jemand hat diese Zahl mit falschen Wörtern eingetippt, darum ist der Code verbrannt. Verraten wurde nichts. Mache einen neuen.',
      'went-away': 'Jemand hat angefangen, den Code zu benutzen, und ist gegangen. Er ist verbrannt. Mache einen neuen.',
      over: 'Die Zeit dieses Codes ist um.',
    },
  },

  listings: {
    title: 'Öffentliche Räume hier',
    lead: (relay) =>
      `Diese Räume auf ${relay} wollen von allen gesehen werden. Alle anderen bleiben verborgen: Niemand kann sie finden oder auch nur feststellen, ob es sie gibt.`,
    search: 'Die Liste durchsuchen',
    searchMeans: 'Gesucht wird auf deinem Gerät. Das Relay erfährt nicht, wonach du suchst.',
    reading: 'Die Liste wird gelesen …',
    empty: 'Gerade steht hier kein Raum in der Liste.',
    emptyMeans: 'Öffne selbst einen Raum. Ob er in der Liste steht, entscheidest du in seinem Menü.',
    nothing: 'Kein Raum der Liste enthält diese Wörter.',
    more: 'Mehr zeigen',
    rooms: 'Räume in der Liste',
    people: (n) => (n === 1 ? '1 Person darin' : `${n} Personen darin`),
    ends: (inWords) => `endet ${inWords}`,
    open: 'Endet, wenn alle gegangen sind',
    access: {
      open: 'Offen für alle',
      code: 'Mit gesprochenem Code: Bitte jemanden im Raum um einen',
      knock: 'Durch Anklopfen',
    },
    enter: 'Einladung ansehen',
    knock: 'Anklopfen',
    knockTitle: (room) => `Bei „${room}“ anklopfen`,
    knockMeans: 'Die Leute im Raum sehen deinen Namen und sieben Emoji und lassen dich ein oder nicht. Deine Netzadresse sehen sie nicht.',
    knockStates: {
      knocking: 'Es klopft …',
      heard: 'Man hat dich gehört. Warte, bis jemand öffnet.',
      declined: 'Gerade wird niemand eingelassen.',
      unanswered: 'In fünf Minuten hat niemand geöffnet.',
    },
    compare: 'Falls dich jemand aus dem Raum anruft, um sicherzugehen: Dort ist eine dieser Reihen zu sehen.',
    stop: 'Nicht mehr klopfen',
    again: 'Noch einmal anklopfen',
    back: 'Zurück zur Startseite',
  },

  door: {
    listed: 'Dieser Raum ist in der Liste seines Relays für alle zu sehen.',
    change: 'Ändern',
    knocks: 'An der Tür',
    wants: (who) => `${who} möchte hereinkommen`,
    nameless: 'Jemand ohne Namen',
    compare: 'Sieben Emoji, die auch dort zu sehen sind',
    letIn: 'Einlassen',
    decline: 'Ablehnen',
    title: 'In der Liste der Räume',
    means: (relay) =>
      `Wer ${relay} öffnet, sieht dann Titel, Thema, wie viele Leute hier sind und wann der Raum endet. Namen und Nachrichten bleiben unter euch.`,
    name: 'Titel',
    topic: 'Thema',
    how: 'Wie man hereinkommt',
    ways: {
      knock: { name: 'Durch Anklopfen', means: 'Du siehst, wer es ist, und lässt ihn ein oder nicht.' },
      code: { name: 'Mit gesprochenem Code', means: 'Du machst einen Code für alle, die dich darum bitten.' },
      open: {
        name: 'Frei',
        means: 'Die Liste enthält die Einladung: Alle können eintreten und mitlesen, auch wer das Relay betreibt.',
      },
    },
    publish: 'In die Liste aufnehmen',
    update: 'Eintrag ändern',
    withdraw: 'Aus der Liste nehmen',
    is: 'Dieser Raum steht in der Liste.',
    isNot: 'Dieser Raum steht nicht in der Liste.',
    elsewhere: 'Das Relay dieser Seite führt den Raum nicht und kann ihn darum nicht auflisten.',
    notYours: 'Über die Liste entscheidet, wer diesen Raum leitet.',
  },

  scan: {
    open: 'QR-Code scannen',
    title: 'Einladung scannen',
    ask: 'Dein Browser fragt gleich, ob diese Seite die Kamera benutzen darf. Das Bild bleibt auf diesem Gerät: Es wird hier angesehen, nie gesendet und nicht aufbewahrt.',
    start: 'Kamera benutzen',
    hold: 'Halte den QR-Code einer Einladung ins Bild.',
    picture: 'Was die Kamera sieht',
    other: 'Das ist ein QR-Code, aber keine Einladung.',
    refused:
      'Die Kamera ist dieser Seite nicht erlaubt. Erlaube sie in den Einstellungen deines Browsers neben der Adresse und versuche es wieder.',
    missing: 'Es gibt keine Kamera, die diese Seite benutzen könnte. Füge stattdessen den Link ein.',
    failed: 'Die Kamera startet nicht. Vielleicht benutzt sie gerade ein anderes Programm.',
    again: 'Noch einmal versuchen',
  },

  verify: {
    title: (who) => `Ist das wirklich ${who}?`,
    how: (who) => `Ruf ${who} an oder trefft euch, und vergleicht. Beide müssen diese sieben sehen, in dieser Reihenfolge.`,
    emoji: 'Sieben Emoji',
    match: 'Sie stimmen überein',
    noMatch: 'Sie sind verschieden',
    mismatchTitle: 'Vielleicht sitzt jemand dazwischen',
    mismatch: (who) =>
      `Wenn ${who} andere sieht, liest vielleicht jemand mit. Sag hier nichts Vertrauliches. Geh, öffne einen neuen Raum und schick den Link auf anderem Weg, am besten persönlich.`,
    keep: 'Erst einmal im Raum bleiben',
  },

  warnings: {
    offline: 'Was du schreibst, bleibt hier und wird gesendet, sobald du zurück bist.',
    'roster-differs': (who, lacks, unknown) =>
      `${lacks ? `${who} sieht ${lacks} nicht. ` : ''}${unknown > 0 ? `${who} sieht ${unknown === 1 ? 'jemanden' : `${unknown} Leute`}, die du nicht siehst. ` : ''}${!lacks && unknown === 0 ? `${who} sieht in diesem Raum andere Leute als du. ` : ''}Vielleicht wird jemand ferngehalten: Fragt laut, wer hier ist, oder öffnet einen neuen Raum.`,
    'relay-dropped-frames': () => 'Das Relay musste etwas verwerfen. Was fehlt, wird neu angefordert.',
    'member-floods': (who) => `${who} sendet zu viel. Ein Teil davon wird nicht gezeigt.`,
    'password-refused': () => 'Jemand wollte mit falschem Passwort herein und wurde abgewiesen.',
    'member-misbehaves': (who) => `${who} hat etwas Unsinniges gesendet. Es wurde nicht beachtet.`,
    'member-equivocates': (who) => `${who} hat verschiedenen Leuten hier Verschiedenes gesagt. Das ist bewiesen, kein Versehen.`,
  },

  body: {
    code: 'Code',
    copyCode: 'Code kopieren',
  },

  others: (n) => `${n} weitere`,
  typing: (who, n) => `${who} ${n === 1 ? 'schreibt' : 'schreiben'} …`,

  line: {
    answers: (who) => `Antwortet ${who}`,
    answersUnknown: 'Antwortet auf eine Nachricht, die du nicht hast.',
    deleted: 'Gelöschte Nachricht',
    edited: 'geändert',
    reactions: 'Reaktionen',
    reaction: (emoji, who) => `${emoji} von ${who}`,
    vanishes: (time) => `verschwindet in ${time}`,
    passedOn: (who) => `weitergegeben von ${who}, vom Verfasser unterschrieben`,
    passedOnUnproven: (who) => `weitergegeben von ${who}; ob der Verfasser es schrieb, lässt sich hier nicht beweisen`,
  },

  actions: {
    title: 'Was mit dieser Nachricht geschehen soll',
    answer: 'Antworten',
    react: 'Reagieren',
    more: 'Weitere Emoji',
    emoji: 'Emoji',
    otherEmoji: 'Ein anderes Emoji',
    copy: 'Text kopieren',
    edit: 'Ändern',
    erase: 'Für alle löschen',
    editing: 'Du änderst deine Nachricht',
    answering: (who) => `Antwort an ${who}`,
    cancel: 'Abbrechen',
    mention: 'Jemanden erwähnen',
  },

  erase: {
    title: 'Für alle löschen?',
    means:
      'Sie verschwindet von jeder Seite in diesem Raum, und dort steht dann, dass sie gelöscht wurde. Wer sie gelesen hat, kann sich erinnern oder sie aufgehoben haben.',
    yes: 'Löschen',
    no: 'Behalten',
  },

  life: {
    title: 'Wie lange Nachrichten leben',
    vanish: 'Jede Nachricht verschwindet',
    promised: 'Nachrichten',
    vanishesAfter: (time) => `Jede verschwindet nach ${time}`,
    choices: {
      0: 'mit dem Raum',
      30: '30 Sekunden nach dem Senden',
      300: '5 Minuten nach dem Senden',
      3600: '1 Stunde nach dem Senden',
      86400: '24 Stunden nach dem Senden',
    },
    vanishMeans: 'Auf jeder Seite von selbst. Das hält ehrliche Leute ordentlich; vom Abschreiben kann es niemanden abhalten.',
    history: 'Wer neu kommt, sieht, was vorher gesagt wurde',
    historyMeans:
      'Die Anwesenden geben es weiter, unterschrieben von dem, der es schrieb. Sonst sehen Neue nur, was von da an gesagt wird.',
  },

  keep: {
    done: 'Dieser Browser behält ihn jetzt.',
    title: 'Raum behalten oder sichern',
    after: 'Wenn diese Seite neu geladen oder geschlossen wird',
    choices: {
      nothing: { name: 'Nichts bleibt', means: 'Der Raum ist von diesem Gerät verschwunden. So ist es am Anfang.' },
      room: {
        name: 'Ich kann zurückkommen',
        means: 'Die Schlüssel bleiben in diesem Browser, an ihn gebunden, bis der Raum endet oder du gehst.',
      },
      'room-and-messages': {
        name: 'Ich kann zurückkommen, und die Nachrichten bleiben',
        means: 'Auch die Nachrichten, verschlüsselt. Wer diesen Browser benutzen kann, kann sie lesen.',
      },
    },
    refused: 'Dieser Browser lässt die Seite nichts speichern, oder der Raum ist eben zu Ende gegangen.',
    file: 'Das Gespräch als Datei',
    fileMeans: 'So wie es jetzt auf deinem Bildschirm steht. Niemand sonst erfährt davon.',
    passphrase: 'Passphrase oder Satz',
    sealed: 'Verschlüsselt sichern',
    plain: 'Als reinen Text sichern',
  },

  kept: {
    title: 'Hier behaltene Räume',
    as: (name) => `Du bist dort ${name}`,
    until: (time) => `bis ${time}`,
    comeBack: 'Zurückkehren',
    forget: 'Nicht behalten',
    elsewhere: 'Das ging nicht. Vielleicht ist der Raum zu Ende oder in einem anderen Fenster offen.',
  },

  rooms: {
    label: 'Räume',
    onlyYou: 'Nur du',
    ended: 'zu Ende',
    another: 'Noch ein Raum',
  },

  bell: {
    title: 'Wenn du woanders hinsiehst',
    notify: 'Benachrichtigungen',
    refused:
      'Dieser Browser erlaubt sie für diese Seite nicht. Erlaube Benachrichtigungen in den Einstellungen des Browsers und versuche es noch einmal.',
    content: 'Mit Namen und Worten',
    contentMeans: 'Dein System kann Benachrichtigungen aufheben und auf gesperrtem Bildschirm zeigen.',
    sound: 'Ein Ton',
    quietFrom: 'Still von',
    quietTo: 'bis',
    said: 'Jemand hat in einem Raum geschrieben.',
    knocked: 'Jemand klopft bei einem Raum an.',
  },

  sharing: {
    title: 'Was die anderen von dir sehen',
    whats: {
      typing: 'Dass du schreibst',
      read: 'Was du gelesen hast',
      delivered: 'Was bei dir angekommen ist',
      away: 'Dass du weg bist',
    },
    means: 'Was du nicht zeigst, siehst du auch von anderen nicht.',
  },

  commands: {
    title: 'Menü',
    filter: 'Was möchtest du tun?',
    nothing: 'So heißt hier nichts.',
    keep: 'Raum behalten oder sichern',
    find: 'In diesem Raum suchen',
    invite: 'Leute einladen',
    people: 'Personen',
    door: 'Die Liste der Räume',
    verify: (who) => `${who} prüfen`,
    relay: 'Was weiß das Relay über mich?',
    protects: 'Was geschützt ist und was nicht',
    goTo: (room) => `Zum Raum mit ${room}`,
    another: 'Noch einen Raum öffnen',
    settings: 'Einstellungen',
    theme: (name) => `Aussehen: ${name}`,
    keys: 'Tastenkürzel',
    leave: 'Diesen Raum verlassen',
    forget: 'Alles vergessen',
  },

  keys: {
    title: 'Tastenkürzel',
    groups: [
      {
        name: 'Überall im Raum',
        does: [
          'Menü mit allem, was sich tun lässt',
          'In diesem Raum suchen; noch einmal für die Suche des Browsers',
          'Einstellungen',
          'Diese Liste (außerhalb des Nachrichtenfelds auch ?)',
          'Nächster Raum',
          'Voriger Raum',
          'Alles vergessen, sofort',
        ],
      },
      {
        name: 'Beim Schreiben',
        does: [
          'Senden',
          'Neue Zeile',
          'Im leeren Feld: deine letzte Nachricht ändern',
          'Jemanden erwähnen',
          'Eine Antwort oder Änderung aufgeben',
        ],
      },
      {
        name: 'In den Nachrichten',
        does: [
          'Von Nachricht zu Nachricht',
          'Was sich damit tun lässt',
          'Dasselbe als Liste',
          'Älteste und neueste Nachricht',
          'Zurück zum Schreiben',
        ],
      },
    ],
  },

  protects: {
    title: 'Was geschützt ist und was nicht',
    does: 'Geschützt',
    doing: [
      'Was du schreibst: auf deinem Gerät verschlüsselt, nur in diesem Raum zu lesen. Das Relay kann es weder lesen noch ändern.',
      'Was war: Schlüssel werden ständig ersetzt und weggeworfen. Wer später an ein Gerät kommt, öffnet nicht, was vorher aufgezeichnet wurde.',
      'Wer spricht: jede Nachricht ist von ihrem Verfasser unterschrieben. Die sieben Emoji zeigen, dass niemand dazwischen sitzt.',
      'Was bleibt: kein Konto, kein Verlauf auf dem Relay. Wenn der Raum endet, sind seine Schlüssel weg.',
    ],
    doesNot: 'Nicht geschützt',
    notDoing: [
      'Dass du hier bist: das Relay sieht Netzwerkadressen, Zeiten und ungefähre Größen.',
      'Deine Adresse voreinander, wo Verbindungen direkt sind. „Nur über das Relay“ verbirgt sie vor den anderen.',
      'Vor den Leuten im Raum: sie können abschreiben, fotografieren und weitergeben. Löschen und Verschwinden sind Höflichkeit, kein Schloss.',
      'Vor einem verlorenen Link: wer ihn hat, kommt herein. Ein Passwort und die Emoji helfen.',
      'Vor deinem eigenen Gerät oder einem Relay, das dir eine veränderte Seite gibt. Nimm eines, dem du traust, oder betreibe dein eigenes.',
    ],
    soDo: 'Für alles, was nicht schiefgehen darf: vergleicht die Emoji, wählt nur das Relay, und geht, wenn ihr fertig seid.',
  },

  relay: {
    title: 'Was weiß das Relay über mich?',
    knows: 'Es weiß in diesem Moment',
    who: 'Relay',
    room: 'Der Raum',
    roomBytes: (n) => `${n} Bytes, die nichts sagen: ein öffentlicher Schlüssel aus dem Link`,
    connections: 'Verbindungen darin',
    address: 'Deine Netzwerkadresse',
    addressSeen: 'gesehen, solange du verbunden bist',
    ends: 'Der Raum endet',
    carried: 'Für dich befördert',
    carriedBytes: (sent, received) => `${sent} gesendet, ${received} empfangen`,
    direct: 'An ihm vorbei',
    directPeople: (n, all) => (all === 0 ? 'niemand ist da' : `${n} von ${all} Personen direkt erreicht`),
    knowsNot: 'Es weiß nicht und kann nicht herausfinden',
    unknown: [
      'Den Link, das Passwort, irgendeinen Schlüssel',
      'Was geschrieben wird, von wem und an wen',
      'Deinen Namen und die Namen der anderen',
      'Was eine Nachricht ist und was nicht: alles hat eine von wenigen Größen',
      'Ob du vorher in einem anderen Raum warst',
    ],
  },

  find: {
    label: 'In diesem Raum suchen',
    count: (n, all) => (all === 0 ? 'Nichts' : `${n} von ${all}`),
    older: 'Älterer Treffer',
    newer: 'Neuerer Treffer',
    close: 'Suche schließen',
  },

  govern: {
    door: 'Wer hereinkommt, wer entscheidet',
    approval: 'Ich lasse ein',
    approvalMeans: 'Wer den Link hat, klopft an und wartet, bis drinnen jemand öffnet.',
    hosted: 'Ich leite den Raum',
    hostedMeans:
      'Du kannst ihn abschließen und beenden, Leute entfernen und die Leitung übergeben. Das gilt, solange diese Seite offen ist.',
    promised: 'Tür',
    promisedApproval: 'Drinnen muss dich jemand einlassen.',
    waiting: 'Warten auf Einlass',
    waitingFor: (who: string) => `${who} kann dich einlassen und sieht deinen Namen und diese Emoji:`,
    waitingForMany: (n: number) => `${n} Leute hier können dich einlassen.`,
    nobodyOpens: 'Niemand ist hier, der dich einlassen könnte. Es geht von selbst weiter, wenn jemand kommt.',
    hostAway: 'Wer den Raum leitet, ist nicht hier. Es geht von selbst weiter.',
    isLocked: 'Der Raum ist abgeschlossen: Im Moment kommt niemand herein.',
    saidNo: 'Du wurdest nicht eingelassen.',
    stopWaiting: 'Nicht mehr warten',
    wantsIn: (who: string) => `${who} möchte herein`,
    manyWantIn: (n: number) => `${n} Leute möchten herein`,
    letIn: 'Einlassen',
    decline: 'Jetzt nicht',
    seeAll: 'Alle zeigen',
    asking: 'An der Tür',
    compareHint: 'Im Zweifel ruf an: Dort müssen dieselben Emoji stehen.',
    room: 'Raum',
    youHost: 'Du leitest diesen Raum.',
    otherHosts: (who: string) => `${who} leitet diesen Raum.`,
    hostGone: 'Wer diesen Raum leitet, ist nicht hier.',
    noHost: 'Diesen Raum leitet niemand: Alle entscheiden für sich selbst.',
    locked: 'Abgeschlossen',
    lock: 'Raum abschließen',
    unlock: 'Raum aufschließen',
    lockMeans: 'Niemand Neues kommt herein. Wer hier ist, bleibt.',
    newLink: 'Neuer Link für alle hier',
    newLinkMeans:
      'Der alte führt nirgends mehr hin, falls ihn jemand hat, der ihn nicht haben sollte. Hier merkt niemand eine Unterbrechung.',
    extend: 'Mehr Zeit',
    extendMeans: 'Der Raum geht unter einem neuen Link weiter, von jetzt an so lange:',
    publishing: 'Alle dürfen den Raum öffentlich auflisten',
    close: 'Raum für alle schließen',
    closeSure: 'Für alle schließen?',
    closeMeans: 'Der Raum endet für alle sofort; Schlüssel und Nachrichten werden hier und auf ihren Geräten gelöscht.',
    closeNow: 'Jetzt schließen',
    compareAll: 'Alle auf einmal prüfen',
    compareAllMeans: 'Eine Reihe Emoji für den ganzen Raum: Trefft euch oder telefoniert, und vergleicht laut.',
    strict: 'Nichts sagen, solange Listen verschieden sind',
    strictMeans: 'Sieht jemand andere Leute als du, warten deine Nachrichten.',
    halted: 'Deine Nachrichten warten: Jemand sieht in diesem Raum andere Leute als du.',
    more: (who: string) => `Mehr zu ${who}`,
    host: 'Leitung',
    remove: 'Entfernen',
    removeSure: (who: string) => `${who} entfernen?`,
    removeMeans:
      'Die Person ist sofort draußen. Alle anderen ziehen zu neuen Schlüsseln und einem neuen Link um; mit dem alten kommt sie nicht zurück.',
    removeAsks: 'Diesen Raum leitet niemand. Alle anderen werden gefragt, ob sie ohne diese Person weitermachen wollen.',
    propose: 'Die anderen fragen',
    handOver: 'Leitung übergeben',
    mute: 'Für mich stumm',
    unmute: 'Nicht mehr stumm',
    muted: 'Stumm',
    twoStories: 'Hat Verschiedenes erzählt',
    proposes: (who: string, without: string) =>
      without ? `${who} möchte ohne ${without} weitermachen` : `${who} möchte zu einem neuen Link umziehen`,
    proposesMeans: 'Wer zustimmt, zieht zu neuen Schlüsseln um. Wer nicht zustimmt, bleibt hier.',
    agree: 'Mitgehen',
    stay: 'Hierbleiben',
    youPropose: (agreed: number) => `Die anderen werden gefragt. ${agreed} stimmen bisher zu.`,
    running: (n: number) => `Alle ${n} Geräte werden um ihren Teil gebeten …`,
    compareTitle: 'Seht ihr alle dasselbe?',
    compareHow: (n: number) => `Alle ${n} müssen genau diese Emoji in dieser Reihenfolge sehen. Eine Person liest sie laut vor.`,
    compareStarts: (who: string) => `${who} möchte alle auf einmal prüfen`,
    allMatch: 'Alle sehen dasselbe',
    notAll: 'Jemand sieht andere',
    done: 'Alle hier sind geprüft.',
    differs:
      'Vielleicht sitzt jemand dazwischen. Sag hier nichts Vertrauliches. Geh, öffne einen neuen Raum und gib seinen Link persönlich weiter.',
    failed: {
      'people-changed': 'Jemand kam oder ging, oder nicht alle sehen dieselben Leute. Wartet, bis alle da sind, und fangt neu an.',
      differs:
        'Die Geräte waren sich nicht einig. Vielleicht sagt jemand verschiedenen Leuten Verschiedenes. Fangt neu an; geschieht es wieder, traut diesem Raum nicht.',
      'no-answer': 'Nicht alle haben innerhalb einer Minute geantwortet. Fangt neu an, wenn alle hier sind.',
      stopped: 'Es wurde abgebrochen.',
    },
    again: 'Neu anfangen',
    stop: 'Abbrechen',
    show: 'Zeigen',
    decided: {
      'let-in': (by: string, who: string) => (by ? `${by} hat ${who} eingelassen` : `Du hast ${who} eingelassen`),
      removed: (by: string, who: string) => (by ? `${by} hat ${who} entfernt` : `Du hast ${who} entfernt`),
      locked: (by: string) => (by ? `${by} hat den Raum abgeschlossen` : 'Du hast den Raum abgeschlossen'),
      unlocked: (by: string) => (by ? `${by} hat den Raum aufgeschlossen` : 'Du hast den Raum aufgeschlossen'),
      'handed-over': (_: string, who: string) => `${who} leitet jetzt den Raum`,
      moved: () => 'Der Raum hat einen neuen Link. Der alte führt nirgends mehr hin.',
      extended: () => 'Der Raum hat mehr Zeit und einen neuen Link.',
      call: (_, who) => `${who} hat einen Anruf begonnen`,
      'approval-forced': () => 'Zu viele falsche Passwörter: Ab jetzt muss drinnen jemand einlassen.',
      'declined-move': (by: string) => `${by} möchte nicht umziehen`,
    },
  },

  leaving: {
    title: 'Gehen, ohne zu senden?',
    unsent: (n) =>
      `${messages(n)} von dir ${n === 1 ? 'hat' : 'haben'} noch niemanden erreicht. Wenn du jetzt gehst, ${n === 1 ? 'ist sie' : 'sind sie'} verloren.`,
    stay: 'Bleiben',
    anyway: 'Trotzdem gehen',
  },

  ended: {
    left: {
      title: 'Du bist gegangen',
      body: 'Schlüssel und Nachrichten dieses Raums sind von diesem Gerät gelöscht. Was die anderen gelesen haben, können sie behalten.',
    },
    expired: {
      title: 'Die Zeit ist um',
      body: 'Der Raum ist für alle zu Ende. Seine Schlüssel und Nachrichten sind von diesem Gerät gelöscht.',
    },
    full: {
      title: 'Dieser Raum ist voll',
      body: 'Mehr Leute passen nicht hinein. Bitte jemanden drinnen, zuerst zu gehen, oder öffne einen anderen Raum.',
    },
    refused: {
      title: 'Das Relay hat dich abgewiesen',
      body: 'Es nimmt diesen Raum hier nicht an oder nicht für so lange. Bitte um eine neue Einladung oder öffne einen anderen Raum.',
    },
    'wrong-password': {
      title: 'Das Passwort passte nicht',
      body: 'Niemand drinnen konnte dich damit einlassen. Frag, wer dich eingeladen hat, und versuch es noch einmal.',
    },
    replaced: {
      title: 'Anderswo fortgesetzt',
      body: 'Eine andere Seite hat deinen Platz in diesem Raum eingenommen. Schlüssel und Nachrichten sind von dieser gelöscht.',
    },
    removed: {
      title: 'Du wurdest entfernt',
      body: 'Wer den Raum leitet, oder wer darin war, ist ohne dich weitergegangen. Schlüssel und Nachrichten sind auf diesem Gerät gelöscht.',
    },
    closed: {
      title: 'Der Raum wurde geschlossen',
      body: 'Wer ihn leitet, hat ihn für alle beendet. Schlüssel und Nachrichten sind auf diesem Gerät gelöscht.',
    },
    incompatible: {
      title: 'Zwei Versionen, die nicht passen',
      body: 'Diese Seite und der Raum sprechen verschiedene Versionen. Lade die Seite neu oder bitte um eine neue Einladung.',
    },
  },

  settings: {
    title: 'Einstellungen',
    theme: 'Aussehen',
    themes: { system: 'Wie das Gerät', light: 'Hell', dark: 'Dunkel', contrast: 'Hoher Kontrast' },
    language: 'Sprache',
    install: 'Hushroom installieren',
    missing: 'In diesem Browser',
    lacks: {
      webrtc: 'Keine direkten Verbindungen: Alles läuft über das Relay.',
      'service-worker': 'Die Seite öffnet sich nicht, wenn du offline bist.',
      storage: 'Dein Name lässt sich nicht merken.',
      share: 'Es gibt kein Teilen-Menü: Kopiere stattdessen den Link.',
      clipboard: 'Links werden von Hand kopiert.',
    },
    update: 'Eine neue Version ist bereit.',
    updateInRoom: 'Eine neue Version ist bereit. Sie lädt die Seite neu, und damit verlässt du diesen Raum.',
    updateNow: 'Jetzt aktualisieren',
  },
};
