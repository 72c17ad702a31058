/** The words in French. Same shape as in `en.ts` and `en-more.ts`. */
import { complete } from './translation.ts';

const messages = (n: number) => (n < 2 ? `${n} message` : `${n} messages`);
const autres = (n: number) => (n === 1 ? '1 autre personne' : `${n} autres personnes`);

export const fr = complete({
  locale: 'fr',
  failed: 'Cela n’a pas marché. Réessaie.',
  partMissing: 'Cette partie de la page n’a pas pu être chargée. Le relais est-il joignable ?',

  you: {
    name: 'Ton nom',
    nameMeans: 'Les autres voient le nom que tu choisis. Personne ne le vérifie.',
    nameTooLong: 'Ce nom est trop long.',
    remember: 'Retenir mon nom sur cet appareil',
    quiet: ['calme', 'ambré', 'moussu', 'doux', 'rapide', 'matinal', 'brumeux', 'argenté'],
    animals: ['Renard', 'Hibou', 'Blaireau', 'Castor', 'Lynx', 'Corbeau', 'Lièvre', 'Héron'],
    called: (quiet, animal) => `${animal} ${quiet}`,
  },

  connections: {
    title: 'Connexions',
    relay: 'Relais',
    relayMeans: 'Transmet des messages scellés. Il voit ton adresse réseau et quand tu es là, jamais ce qui se dit.',
    direct: 'Directes si possible',
    directMeans: 'Les personnes de la salle peuvent voir ton adresse réseau.',
    relayOnly: 'Par le relais seulement',
    relayOnlyMeans: 'Les personnes de la salle ne voient pas ton adresse réseau ; le relais, si.',
  },

  preview: {
    title: 'Tu es invité dans une salle',
    nothingYet: 'Tu n’es pas encore entré : rien de cette salle n’a quitté ton appareil.',
    ends: 'Se termine',
    endsAt: (inWords, at) => `${inWords}, à ${at}`,
    endsWhenEmpty: 'Quand tout le monde sera parti',
    ended: 'Cette salle vient de se terminer. Demande une nouvelle invitation.',
    noAddress: 'Ce navigateur ne fait pas de connexions directes : tout passe par le relais.',
    join: 'Entrer dans la salle',
    decline: 'Non, merci',
  },

  room: {
    title: 'Salle',
    connecting: 'Connexion …',
    joining: 'Entrée …',
    connected: 'Connecté',
    tor: 'par Tor',
    gateway: 'par une passerelle',
    waiting: 'En attente du relais …',
    direct: 'Relais absent, les connexions directes continuent',
    offline: 'Hors ligne',
    left: (time) => `encore ${time}`,
    open: 'Se termine quand tout le monde sera parti',
    minuteLeft: 'Encore une minute dans cette salle',
    people: (n) => (n < 2 ? `${n} personne` : `${n} personnes`),
    invite: 'Inviter',
    leave: 'Quitter la salle',
    find: 'Chercher dans cette salle',
    menu: 'Menu',
    settings: 'Réglages',
  },

  forget: 'Tout oublier',
  forgetMeans: 'Efface clés, messages et tout ce qui est enregistré, tout de suite et sans demander. Ou appuie trois fois sur Échap.',

  messages: {
    label: 'Messages',
    you: 'Toi',
    newBelow: (n) => (n === 0 ? 'Au plus récent' : n === 1 ? '1 nouveau message' : `${n} nouveaux messages`),
    whole: 'Tout afficher',
    less: 'Afficher moins',
    today: 'Aujourd’hui',
    yesterday: 'Hier',
    empty: 'Rien n’a encore été dit.',
    unseenFrom: 'Nouveau',
    toUnseen: 'Au premier non lu',
    deleted: 'Ce message a été supprimé.',
    readBy: (n) => `, lu par ${n}`,
    missing: (n, who) => `Il manque ici ${messages(n)} de ${who}`,
    delivery: (d) => {
      if (d.state === 'sending')
        return { 'no-path': 'Envoi : en attente d’une connexion', 'nobody-here': 'En attente de quelqu’un', 'handing-over': 'Envoi' }[
          d.why
        ];
      if (d.state === 'sent') return d.to === 0 ? 'Envoyé' : `Envoyé, remis à ${d.to} sur ${d.of}`;
      if (d.state === 'delivered') return 'Remis à tous';
      return d.to === 0 ? 'Non remis : ils sont partis avant' : `Remis à ${d.to} sur ${d.of} ; les autres sont partis avant`;
    },
  },

  comings: {
    joined: (who, more) => (more === 0 ? `${who} est entré` : `${who} et ${autres(more)} sont entrés`),
    left: (who, more) => (more === 0 ? `${who} est parti` : `${who} et ${autres(more)} sont partis`),
    silent: (who, more) => (more === 0 ? `${who} a perdu la connexion` : `${who} et ${autres(more)} ont perdu la connexion`),
  },

  composer: {
    message: 'Message',
    placeholder: 'Écris un message',
    send: 'Envoyer',
    keys: 'Entrée envoie, Maj et Entrée commencent une ligne.',
    bytes: (used, all) => `${used} octets sur ${all}`,
    tooLong: 'Trop long pour un seul message.',
  },

  close: 'Fermer',
  later: 'Plus tard',
  dismiss: 'Écarter',
  copied: 'Copié',
  goHome: 'À la page d’accueil',
  newRoom: 'Ouvrir une nouvelle salle',
  tryAgain: 'Réessayer',

  home: {
    title: 'Une salle calme pour parler en privé',
    lead: 'Ouvre une salle, envoie le lien, parle. Quand c’est fini, il n’en reste rien.',
    honest:
      'Ce que tu écris n’est lisible que par ceux qui ont le lien. Le relais le transmet sans pouvoir le lire, mais il voit les adresses réseau, les heures et les tailles approximatives, et tu fais confiance à qui te sert cette page.',
    create: 'Créer une salle',
    createButton: 'Créer la salle',
    lifetime: 'Elle dure',
    lifetimes: { 5: '5 minutes', 60: '1 heure', 1440: '24 heures', 'until-empty': 'Jusqu’au départ de tous' },
    addPassword: 'Ajouter un mot de passe',
    join: 'Tu as une invitation ?',
    pasteLabel: 'Colle un lien d’invitation',
    pasteButton: 'Ouvrir l’invitation',
    offline: 'Tu es hors ligne. Une salle a besoin d’une connexion pour commencer.',
  },

  password: {
    label: 'Mot de passe de la salle',
    show: 'Afficher',
    toCreate: 'Donne-le aux tiens autrement que par le lien.',
    toJoin: 'Cette salle demande aussi un mot de passe. Qui t’a invité le connaît.',
  },

  faults: {
    cut: {
      title: 'Cette invitation est incomplète',
      body: 'Il manque un morceau du lien. Les longs liens sont parfois coupés à la copie ou sur deux lignes : copie-le en entier et réessaie.',
    },
    edited: {
      title: 'Cette invitation a été modifiée',
      body: 'Au moins un caractère diffère de ce qui a été envoyé, elle n’est donc pas fiable. Redemande le lien et copie-le sans le retaper.',
    },
    expired: {
      title: 'Cette salle est terminée',
      body: 'L’invitation ne valait qu’un temps, et les salles ne reviennent pas. Demandes-en une autre, ou ouvre une salle toi-même.',
    },
    'newer-version': {
      title: 'Cette invitation veut un Hushroom plus récent',
      body: 'Elle vient d’une version que cette page ne connaît pas. Recharge la page pour avoir la dernière, ou ouvre le lien auprès de son relais.',
    },
    'not-an-invite': {
      title: 'Ce n’est pas une invitation',
      body: 'Une invitation est un long lien qui finit par une suite de lettres et de chiffres après un signe #. Colle ici le lien entier.',
    },
  },

  people: {
    label: 'Personnes',
    you: (name) => `Tu es ${name}`,
    paths: { direct: 'en direct', relayed: 'par le relais', turn: 'TURN', reconnecting: 'reconnexion' },
    pathMeans: {
      direct: 'tout droit entre vos appareils',
      relayed: 'à travers le relais',
      turn: 'à travers un serveur TURN',
      reconnecting: 'hors de portée en ce moment',
    },
    verify: 'Vérifier',
    verified: 'Vérifié',
    mismatch: 'Les emojis ne correspondaient pas',
    nobody: 'Il n’y a encore personne d’autre.',
    unknown: (n) =>
      `${n < 2 ? `${n} connexion` : `${n} connexions`} au relais ${n < 2 ? 'n’a' : 'n’ont'} pas pu prouver avoir l’invitation. Rien n’y est lisible pour elles.`,
    names: 'Chacun choisit son nom. La couleur et le code court viennent de la clé et distinguent les noms égaux.',
  },

  invite: {
    title: 'Inviter du monde',
    alone: 'Il n’y a que toi ici',
    aloneMeans: 'Envoie le lien à qui doit venir. Traite-le comme une clé : qui l’a peut entrer.',
    link: 'Lien d’invitation',
    copy: 'Copier le lien d’invitation',
    share: 'Partager …',
    qr: 'Code QR du lien d’invitation',
    copyByHand: 'Le lien est sélectionné : copie-le avec Ctrl+C ou par un appui long.',
    tor: 'La même invitation, pour le navigateur Tor',
    outside: 'La même invitation, pour les autres navigateurs',
    password: 'Il leur faudra aussi le mot de passe. Envoie-le par un autre chemin.',
    keep: 'Garde cette page ouverte : une salle ne vit que tant que quelqu’un y est.',
  },

  reach: {
    alsoTor: 'L’invitation s’ouvre aussi dans le navigateur Tor, à l’adresse onion de ce relais.',
    alsoOutside: 'L’invitation s’ouvre aussi hors de Tor, à l’adresse ordinaire de ce relais.',
    onionOnly: 'Par Tor seulement',
    onionOnlyMeans: 'Tous doivent venir par l’adresse onion de ce relais. Pas de connexions entre personnes, pas de passerelles.',
    fellows: 'Porter la salle aussi par d’autres relais',
    fellowsMeans: 'La salle continue tant qu’un de ses relais est joignable. Chacun d’eux voit ce que voit un relais.',
  },

  way: {
    title: 'Ton chemin',
    you: 'toi',
    relay: 'relais',
    gateway: 'passerelle',
    tor: 'Tor',
    room: 'salle',
    relays: 'Relais',
    means: {
      relay: 'Le relais voit ton adresse réseau et quand tu es là, jamais ce qui se dit.',
      tor: 'Le relais voit quand tu es là, mais pas ton adresse réseau : tu es venu par Tor.',
      gateway: (gateway) =>
        `${gateway} voit ton adresse réseau et que tu vas vers une adresse onion. Il ne voit ni quelle salle, ni qui y est, ni ce qui se dit. Le relais de la salle ne voit pas ton adresse.`,
      visit: (page) => `Cette salle est chez un autre relais. Entrer ouvre sa propre page, à ${page}.`,
    },
    several: 'La salle continue tant qu’un de ces relais est joignable.',
    states: { connected: 'connecté', connecting: 'connexion', waiting: 'hors de portée', refused: 'pas utilisé' },
    torOnly: {
      title: 'Cette salle n’est joignable que par Tor',
      promised: 'Elle est faite pour que personne n’y ait d’adresse visible. On n’y entre ni par cette page ni par une passerelle.',
      'no-gateway': 'Elle est à une adresse onion, et le relais de cette page n’y mène personne.',
      'no-key': 'Elle est à une adresse onion, et cette invitation n’a pas la clé qui vérifie l’autre bout d’une passerelle.',
      open: 'Ouvre ce lien dans le navigateur Tor',
      copy: 'Copier le lien',
    },
  },

  doors: {
    codeLabel: 'Tape un code parlé',
    codeButton: 'Utiliser le code',
    codeMeans: 'Trois mots et un nombre que te lit quelqu’un de l’intérieur. Ils ne valent qu’à cette adresse.',
    fitting: 'Mots qui conviennent',
    checking: 'Question à qui a fait le code …',
    list: 'Salles affichées ici',
    faults: {
      'not-a-code': 'Ce n’est pas un code. C’est un nombre et trois mots, comme 7-crystal-window-potato.',
      gone: 'Il n’y a pas ou plus ici de tel code ou de telle salle. Un code vaut dix minutes et pour une personne, et seulement à l’adresse où il a été fait.',
      busy: 'Trop à la fois. Attends une demi-minute et réessaie.',
      off: 'Ce relais n’affiche pas de salles.',
      nobody: 'Personne n’est à la porte de cette salle en ce moment. Réessaie plus tard.',
      incompatible: 'Le relais ne comprend pas cette page. Recharge-la et réessaie.',
      unreachable: 'Le relais n’est pas joignable. Vérifie ta connexion et réessaie.',
      'wrong-code': 'Les mots n’étaient pas les bons, et le code est usé. Demandes-en un autre : chacun ne s’essaie qu’une fois.',
      forged: 'La liste dit de cette salle ce que la salle n’a pas dit. Ne t’y fie pas.',
    },
  },

  spoken: {
    title: 'Plutôt le lire à voix haute',
    means: (relay) => `Un code court pour quelqu’un au téléphone. Il ouvre ${relay} et le tape là ; ailleurs il ne vaut rien.`,
    make: 'Faire un code parlé',
    another: 'Faire un autre code',
    code: 'Code parlé',
    good: (left) => `Bon pour ${left}, pour une personne et un essai.`,
    drop: 'Retirer le code',
    states: {
      making: 'Création d’un code …',
      claimed: 'Quelqu’un a tapé un code de ce numéro. Vérification des mots …',
      used: 'Le code a servi. L’invitation est remise.',
      wrong: 'Quelqu’un a tapé ce numéro avec d’autres mots : le code est brûlé. Rien n’a été révélé. Fais-en un autre.',
      'went-away': 'Quelqu’un a commencé à utiliser le code puis est parti. Il est brûlé. Fais-en un autre.',
      over: 'Le temps de ce code est passé.',
    },
  },

  listings: {
    title: 'Salles affichées ici',
    lead: (relay) =>
      `Ces salles chez ${relay} ont voulu être vues de tous. Les autres restent cachées : nul ne peut les trouver ni même savoir si elles existent.`,
    search: 'Chercher dans la liste',
    searchMeans: 'Tu cherches sur ton propre appareil. Le relais n’apprend pas ce que tu cherches.',
    reading: 'Lecture de la liste …',
    empty: 'Aucune salle n’est affichée ici en ce moment.',
    emptyMeans: 'Ouvres-en une. L’afficher ou non, c’est toi qui décides, dans son menu.',
    nothing: 'Aucune salle affichée n’a ces mots.',
    more: 'Afficher plus',
    rooms: 'Salles affichées',
    people: (n) => (n < 2 ? `${n} personne à l’intérieur` : `${n} personnes à l’intérieur`),
    ends: (inWords) => `se termine ${inWords}`,
    open: 'Se termine quand tout le monde sera parti',
    access: { open: 'Entre qui veut', code: 'Par code parlé : demande-le à quelqu’un de l’intérieur', knock: 'En frappant' },
    enter: 'Voir l’invitation',
    knock: 'Frapper',
    knockTitle: (room) => `Frapper chez « ${room} »`,
    knockMeans: 'Ceux de l’intérieur voient ton nom et sept emojis, et t’ouvrent ou non. Ils ne voient pas ton adresse réseau.',
    knockStates: {
      knocking: 'On frappe …',
      heard: 'Ils t’ont entendu. Attends que quelqu’un ouvre.',
      declined: 'Ils ne laissent entrer personne pour l’instant.',
      unanswered: 'Personne n’a ouvert en cinq minutes.',
    },
    compare: 'Si quelqu’un de l’intérieur t’appelle pour être sûr : il voit une de ces rangées.',
    stop: 'Cesser de frapper',
    again: 'Frapper encore',
    back: 'Retour à la page d’accueil',
  },

  door: {
    listed: 'Tous peuvent voir cette salle dans la liste de son relais.',
    change: 'Changer',
    knocks: 'À la porte',
    wants: (who) => `${who} veut entrer`,
    nameless: 'Quelqu’un sans nom',
    compare: 'Sept emojis qu’il voit aussi',
    letIn: 'Laisser entrer',
    decline: 'Refuser',
    title: 'Dans la liste des salles',
    means: (relay) =>
      `Qui ouvre ${relay} peut alors voir le titre, le sujet, combien de personnes sont là et quand la salle se termine. Les noms et les messages restent privés.`,
    name: 'Titre',
    topic: 'Sujet',
    how: 'Comment on entre',
    ways: {
      knock: { name: 'En frappant', means: 'Tu vois qui c’est et tu ouvres ou non.' },
      code: { name: 'Par code parlé', means: 'Tu fais un code pour chacun qui t’en demande un.' },
      open: { name: 'Librement', means: 'La liste porte l’invitation : chacun peut entrer et lire, aussi qui tient le relais.' },
    },
    publish: 'Mettre dans la liste',
    update: 'Changer l’annonce',
    withdraw: 'Retirer de la liste',
    is: 'Cette salle est dans la liste.',
    isNot: 'Cette salle n’est pas dans la liste.',
    notYours: 'Seul l’hôte de cette salle décide de la liste.',
  },

  scan: {
    open: 'Scanner un code QR',
    title: 'Scanner une invitation',
    ask: 'Ton navigateur demandera si cette page peut utiliser la caméra. L’image reste sur cet appareil : elle est regardée ici, jamais envoyée ni gardée.',
    start: 'Utiliser la caméra',
    hold: 'Tiens le code QR d’une invitation devant la caméra.',
    picture: 'Ce que voit la caméra',
    other: 'C’est un code QR, mais pas une invitation.',
    refused: 'La caméra n’est pas permise à cette page. Permets-la dans les réglages du navigateur, près de l’adresse, et réessaie.',
    missing: 'Il n’y a pas de caméra que cette page puisse utiliser. Colle plutôt le lien.',
    failed: 'La caméra ne démarre pas. Un autre programme l’utilise peut-être.',
    again: 'Réessayer',
  },

  verify: {
    title: (who) => `Est-ce bien ${who} ?`,
    how: (who) => `Appelle ${who} ou voyez-vous, et comparez. Vous devez voir tous deux ces sept emojis, dans cet ordre.`,
    emoji: 'Sept emojis',
    match: 'Ils correspondent',
    noMatch: 'Ils ne correspondent pas',
    mismatchTitle: 'Quelqu’un est peut-être entre vous',
    mismatch: (who) =>
      `Si ${who} voit autre chose, quelqu’un lit peut-être avec vous. Ne dis rien de privé ici. Pars, ouvre une nouvelle salle et envoie son lien par un autre chemin, le mieux en personne.`,
    keep: 'Rester dans la salle pour l’instant',
  },

  warnings: {
    offline: 'Ce que tu écris est gardé et envoyé à ton retour.',
    'roster-differs': (who) =>
      `${who} voit dans cette salle d’autres personnes que toi. Si cela dure, quelqu’un est peut-être tenu à l’écart : vérifiez-vous.`,
    'relay-dropped-frames': () => 'Le relais a dû laisser tomber quelque chose. Ce qui manque est redemandé.',
    'member-floods': (who) => `${who} envoie trop. Une partie n’est pas montrée.`,
    'password-refused': () => 'Quelqu’un a essayé d’entrer avec un mauvais mot de passe et a été refusé.',
    'member-misbehaves': (who) => `${who} a envoyé quelque chose qui n’a pas de sens. C’est ignoré.`,
    'member-equivocates': (who) =>
      `${who} a dit des choses différentes à des personnes différentes. C’est prouvé, ce n’est pas une erreur.`,
  },

  body: { code: 'Code', copyCode: 'Copier le code' },

  others: (n) => `${n} autres`,
  typing: (who, n) => `${who} ${n === 1 ? 'écrit' : 'écrivent'} …`,

  line: {
    answers: (who) => `Répond à ${who}`,
    answersUnknown: 'Répond à un message que tu n’as pas.',
    deleted: 'Message supprimé',
    edited: 'modifié',
    reactions: 'Réactions',
    reaction: (emoji, who) => `${emoji} de ${who}`,
    vanishes: (time) => `disparaît dans ${time}`,
    passedOn: (who) => `transmis par ${who}, signé par son auteur`,
    passedOnUnproven: (who) => `transmis par ${who} ; rien ne prouve ici que son auteur l’a écrit`,
  },

  actions: {
    title: 'Que faire de ce message',
    answer: 'Répondre',
    react: 'Réagir',
    more: 'D’autres emojis',
    emoji: 'Emojis',
    otherEmoji: 'Tout autre emoji',
    copy: 'Copier le texte',
    edit: 'Modifier',
    erase: 'Supprimer pour tous',
    editing: 'Tu modifies ton message',
    answering: (who) => `Réponse à ${who}`,
    cancel: 'Annuler',
    mention: 'Mentionner quelqu’un',
  },

  erase: {
    title: 'Le supprimer pour tous ?',
    means:
      'Il disparaît de chaque page de cette salle, où il reste dit qu’il a été supprimé. Qui l’a lu peut s’en souvenir ou l’avoir gardé.',
    yes: 'Supprimer',
    no: 'Le garder',
  },

  life: {
    title: 'Combien de temps vivent les messages',
    vanish: 'Chaque message disparaît',
    promised: 'Messages',
    vanishesAfter: (time) => `Chacun disparaît après ${time}`,
    choices: {
      0: 'avec la salle',
      30: '30 secondes après l’envoi',
      300: '5 minutes après l’envoi',
      3600: '1 heure après l’envoi',
      86400: '24 heures après l’envoi',
    },
    vanishMeans: 'De lui-même, sur chaque page. Cela tient de l’ordre entre gens honnêtes ; cela n’empêche personne de copier.',
    history: 'Qui arrive voit ce qui a été dit avant',
    historyMeans: 'Les présents le transmettent, signé par qui l’a écrit. Sinon, qui arrive ne voit que ce qui se dit ensuite.',
  },

  rooms: { label: 'Salles', onlyYou: 'Toi seul', ended: 'terminée', another: 'Une autre salle' },

  bell: {
    title: 'Quand tu regardes ailleurs',
    notify: 'Notifications',
    refused: 'Ce navigateur ne les permet pas pour cette page. Permets les notifications dans ses réglages et réessaie.',
    content: 'Avec noms et mots',
    contentMeans: 'Ton système peut garder les notifications et les montrer sur un écran verrouillé.',
    sound: 'Un son',
    quietFrom: 'Silence de',
    quietTo: 'à',
    said: 'Quelqu’un a écrit dans une salle.',
  },

  sharing: {
    title: 'Ce que les autres voient de toi',
    whats: { typing: 'Que tu écris', read: 'Ce que tu as lu', delivered: 'Ce qui t’est parvenu', away: 'Que tu es absent' },
    means: 'Ce que tu ne montres pas, tu ne le vois pas des autres.',
  },

  commands: {
    title: 'Menu',
    filter: 'Que veux-tu faire ?',
    nothing: 'Rien ne s’appelle ainsi ici.',
    find: 'Chercher dans cette salle',
    invite: 'Inviter du monde',
    people: 'Personnes',
    door: 'La liste des salles',
    verify: (who) => `Vérifier ${who}`,
    relay: 'Que sait le relais de moi ?',
    protects: 'Ce qui est protégé et ce qui ne l’est pas',
    goTo: (room) => `À la salle avec ${room}`,
    another: 'Ouvrir encore une salle',
    settings: 'Réglages',
    theme: (name) => `Apparence : ${name}`,
    keys: 'Raccourcis clavier',
    leave: 'Quitter cette salle',
    forget: 'Tout oublier',
  },

  keys: {
    title: 'Raccourcis clavier',
    groups: [
      {
        name: 'Partout dans une salle',
        does: [
          'Menu de tout ce qu’on peut faire',
          'Chercher dans cette salle ; encore une fois pour la recherche du navigateur',
          'Réglages',
          'Cette liste (hors du champ de message aussi ?)',
          'Salle suivante',
          'Salle précédente',
          'Tout oublier, tout de suite',
        ],
      },
      {
        name: 'En écrivant',
        does: [
          'Envoyer',
          'Nouvelle ligne',
          'Dans un champ vide : modifier ton dernier message',
          'Mentionner quelqu’un',
          'Abandonner une réponse ou une modification',
        ],
      },
      {
        name: 'Dans les messages',
        does: [
          'De message en message',
          'Ce qu’on peut en faire',
          'La même chose en liste',
          'Le plus ancien et le plus récent',
          'Retour à l’écriture',
        ],
      },
    ],
  },

  protects: {
    title: 'Ce qui est protégé et ce qui ne l’est pas',
    does: 'Protégé',
    doing: [
      'Ce que tu écris : chiffré sur ton appareil, lu seulement dans cette salle. Le relais ne peut ni le lire ni le changer.',
      'Hier : les clés sont sans cesse remplacées et jetées. Qui met plus tard la main sur un appareil n’ouvre pas ce qui a été enregistré avant.',
      'Qui parle : chaque message est signé par son auteur. Les sept emojis montrent que personne n’est entre vous.',
      'Ce qui reste : pas de compte, pas d’historique au relais. Quand la salle se termine, ses clés n’existent plus.',
    ],
    doesNot: 'Pas protégé',
    notDoing: [
      'Que tu es là : le relais voit les adresses réseau, les heures et les tailles approximatives.',
      'Ton adresse entre vous, là où les connexions sont directes. « Par le relais seulement » la leur cache.',
      'Contre ceux de l’intérieur : ils peuvent copier, photographier et transmettre ce qu’ils lisent. Supprimer et disparaître sont une politesse, pas un verrou.',
      'Contre un lien perdu : qui l’a peut entrer. Un mot de passe et les emojis aident.',
      'Contre ton propre appareil, ou un relais qui te sert une page altérée. Prends-en un de confiance, ou fais tourner le tien.',
    ],
    soDo: 'Pour ce qui ne doit pas mal tourner : comparez les emojis, choisissez le relais seul, et partez quand c’est fini.',
  },

  relay: {
    title: 'Que sait le relais de moi ?',
    knows: 'Il sait, en ce moment',
    who: 'Relais',
    room: 'La salle',
    roomBytes: (n) => `${n} octets qui ne disent rien : une clé publique tirée du lien`,
    connections: 'Connexions en elle',
    address: 'Ton adresse réseau',
    addressSeen: 'vue tant que tu es connecté',
    ends: 'La salle se termine',
    carried: 'Porté pour toi',
    carriedBytes: (sent, received) => `${sent} envoyés, ${received} reçus`,
    direct: 'Sans lui',
    directPeople: (n, all) => (all === 0 ? 'il n’y a personne' : `${n} personnes sur ${all} jointes en direct`),
    knowsNot: 'Il ne sait pas et ne peut apprendre',
    unknown: [
      'Le lien, le mot de passe, aucune clé',
      'Ce qui s’écrit, par qui et à qui',
      'Ton nom et les noms des autres',
      'Ce qui est un message et ce qui n’en est pas : tout a l’une de quelques tailles',
      'Si tu étais auparavant dans une autre salle',
    ],
  },

  find: {
    label: 'Chercher dans cette salle',
    count: (n, all) => (all === 0 ? 'Rien' : `${n} sur ${all}`),
    older: 'Résultat plus ancien',
    newer: 'Résultat plus récent',
    close: 'Fermer la recherche',
  },

  leaving: {
    title: 'Partir sans envoyer ?',
    unsent: (n) =>
      `${messages(n)} de toi ${n < 2 ? 'n’est encore parvenu' : 'ne sont encore parvenus'} à personne. Si tu pars maintenant, ${n < 2 ? 'il est perdu' : 'ils sont perdus'}.`,
    stay: 'Rester',
    anyway: 'Partir quand même',
  },

  ended: {
    left: {
      title: 'Tu es parti',
      body: 'Les clés et les messages de cette salle sont effacés de cet appareil. Ce que les autres ont lu, ils peuvent le garder.',
    },
    expired: {
      title: 'Le temps est écoulé',
      body: 'La salle est terminée pour tous. Ses clés et ses messages sont effacés de cet appareil.',
    },
    full: {
      title: 'Cette salle est pleine',
      body: 'Elle ne tient pas plus de monde. Demande à quelqu’un de partir d’abord, ou ouvre une autre salle.',
    },
    refused: {
      title: 'Le relais t’a refusé',
      body: 'Il n’accepte pas cette salle ici, ou pas si longtemps. Demande une nouvelle invitation, ou ouvre une autre salle.',
    },
    'wrong-password': {
      title: 'Le mot de passe n’allait pas',
      body: 'Personne à l’intérieur n’a pu te laisser entrer avec. Demande à qui t’a invité, et réessaie.',
    },
    replaced: {
      title: 'La suite est ailleurs',
      body: 'Une autre page a pris ta place dans cette salle. Les clés et les messages sont effacés de celle-ci.',
    },
    removed: {
      title: 'On t’a retiré',
      body: 'L’hôte de cette salle, ou ceux qui y étaient, ont continué sans toi. Les clés et les messages sont effacés de cet appareil.',
    },
    closed: { title: 'L’hôte a fermé cette salle', body: 'C’est fini pour tous. Ses clés et ses messages sont effacés de cet appareil.' },
    incompatible: {
      title: 'Deux versions qui ne vont pas ensemble',
      body: 'Cette page et la salle parlent des versions différentes. Recharge la page, ou demande une nouvelle invitation.',
    },
  },

  settings: {
    title: 'Réglages',
    theme: 'Apparence',
    themes: { system: 'Comme l’appareil', light: 'Clair', dark: 'Sombre', contrast: 'Contraste élevé' },
    language: 'Langue',
    install: 'Installer Hushroom',
    missing: 'Dans ce navigateur',
    lacks: {
      webrtc: 'Pas de connexions directes : tout passe par le relais.',
      'service-worker': 'La page ne s’ouvre pas hors ligne.',
      storage: 'Ton nom ne peut pas être retenu.',
      share: 'Il n’y a pas de menu de partage : copie le lien.',
      clipboard: 'Les liens se copient à la main.',
    },
    update: 'Une nouvelle version est prête.',
    updateInRoom: 'Une nouvelle version est prête. La mise à jour recharge la page, et tu quittes ainsi cette salle.',
    updateNow: 'Mettre à jour',
  },
});
