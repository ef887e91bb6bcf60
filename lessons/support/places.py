"""Names of English towns and villages, for networks that invent more of them."""
from __future__ import annotations

PLACES: tuple[str, ...] = tuple("""
abingdon acton alcester aldeburgh aldershot alfreton alnwick alton altrincham ambleside amersham amesbury
ampthill andover appleby arundel ashbourne ashburton ashby ashford ashington atherstone attleborough axbridge
axminster aylesbury aylsham bakewell balcombe bampton banbury bardney barking barnard barnet barnsley
barnstaple barrow barton basildon basingstoke bath batley battle beaconsfield beaminster bebington beccles
beckenham bedale bedford bedlington bellingham belper bentham berkeley berkhamsted berwick beverley bewdley
bexhill bexley bicester biddulph bideford biggleswade billericay billingham bilston bingham bingley birkenhead
birmingham blackburn blackpool blandford bletchley blyth bodmin bognor bollington bolsover bolton bootle
boroughbridge boston bourne bournemouth brackley bradford braintree bramley brampton brandon brentford
brentwood bridgnorth bridgwater bridlington bridport brighouse brightlingsea brighton bristol brixham
broadstairs bromley bromsgrove bromyard broxbourne bruton buckfastleigh buckingham bude budleigh bungay
buntingford burford burgess burnham burnley burslem burton bury buxton caister calne camborne cambridge
camelford cannock canterbury carlisle carnforth carterton castleford chagford chard charlbury chatham
chatteris cheadle cheddar chelmsford cheltenham chertsey chesham cheshunt chester chesterfield chichester
chippenham chipping chislehurst chorley christchurch cirencester clacton cleethorpes clevedon clitheroe clun
coalville cockermouth codnor colchester coleford coleshill colne congleton conisbrough consett corbridge corby
corsham cotgrave coventry cowes cranbrook cranleigh craven crawley crediton crewe crewkerne cromer crosby
crowborough crowland crowle crowthorne croydon cuckfield cullompton dalton darlington dartford dartmouth
darwen daventry dawlish deal denholme denton derby dereham desborough devizes dewsbury didcot dinnington diss
doncaster dorchester dorking dover downham driffield droitwich dronfield dudley dulverton dunmow dunstable
dunster dunwich durham dursley ealing earley easingwold eastbourne eastleigh eastwood edenbridge edmonton
egremont ellesmere ely emsworth enfield epping epsom epworth erith esher evesham exeter exmouth eye fairford
falmouth fareham faringdon farnborough farnham farnworth faversham featherstone felixstowe ferndown filey
fleet fleetwood flitwick folkestone fordingbridge fordwich fowey framlingham frinton frodsham frome
gainsborough gateshead gillingham glastonbury glossop gloucester godalming godmanchester goole gosport
grantham gravesend grays greenwich grimsby guildford guisborough hackney hadleigh hailsham halesowen
halesworth halifax halstead haltwhistle harlow harpenden harrogate harrow hartlepool harwich haslemere
haslingden hastings hatfield havant haverhill haworth hayward heanor heathfield hebden hedon helmsley helston
hemel henley hereford hertford hessle hexham heywood higham highworth hinckley hingham hitchin hoddesdon
holmfirth holsworthy honiton horley hornsea horsham houghton hounslow howden huddersfield hungerford
hunstanton huntingdon hyde hythe ilfracombe ilkeston ilkley ilminster immingham ipswich irthlingborough
ivybridge jarrow keighley kempston kendal kenilworth keswick kettering keynsham kidderminster kidsgrove
kimberley kingsbridge kingsteignton kingston kington kirkham knaresborough knutsford lancaster launceston
leatherhead lechlade ledbury leeds leek leicester leighton leiston leominster letchworth lewes lewisham
leyland lichfield lincoln liskeard littlehampton liverpool loddon longton looe loughborough louth lowestoft
ludlow luton lutterworth lydd lydney lyme lymington lynton mablethorpe macclesfield maidenhead maidstone
maldon malmesbury malton malvern manchester mansfield marazion march margate marlborough marlow maryport
masham matlock melksham melton mere middleham middlesbrough middleton middlewich midhurst midsomer mildenhall
millom minehead mirfield mitcham moreton morecambe morley morpeth mossley nailsea nailsworth nantwich needham
nelson neston newark newbury newcastle newhaven newlyn newmarket newport newquay newton northallerton northam
northampton northfleet northwich norton norwich nottingham nuneaton oakengates oakham okehampton oldbury
oldham ollerton olney ormskirk orpington ossett oswestry otley ottery oundle oxford oxted padstow paignton
patchway penistone penrith penryn penzance pershore peterborough peterlee petersfield petworth pewsey
pickering plymouth pocklington polegate pontefract poole portishead portland portsmouth potton poulton prescot
preston princes prudhoe pudsey queenborough ramsgate raunds rayleigh reading redcar redditch redhill redruth
reepham reigate richmond ringwood ripley ripon rochdale rochester rochford romford romsey ross rothbury
rotherham rothwell royston rugby rugeley runcorn rushden ryde rye saffron salford salisbury saltash sandbach
sandhurst sandown sandwich sandy sawston saxmundham scarborough scunthorpe seaford seaham seaton sedbergh
selby selsey settle sevenoaks shaftesbury shanklin sheerness sheffield shefford shepshed shepton sherborne
sheringham shipley shipston shrewsbury sidmouth silloth sittingbourne skegness skelmersdale skipton sleaford
slough smethwick snodland soham solihull somerton southall southam southampton southborough southend southport
southwell southwick southwold spalding spennymoor spilsby stafford staines stalbridge stalham stamford
stanhope stanley staveley stevenage steyning stockport stockton stokesley stone stourbridge stourport
stowmarket stratford stretford stroud sudbury sunderland sutton swaffham swanage swanley swindon tadcaster
tamworth taunton tavistock teignmouth telford tenbury tenterden tetbury tewkesbury thame thatcham thaxted
thetford thirsk thornaby thornbury thorne tickhill tidworth tilbury tipton tiverton todmorden tonbridge
topsham torpoint torquay totnes tottenham towcester tring trowbridge truro twickenham tynemouth uckfield
ulverston uppingham uttoxeter ventnor verwood wadebridge wadhurst wainfleet wakefield wallasey wallingford
walsall waltham walton wantage ware wareham warminster warrington warwick watchet watford wath watlington
watton wellingborough wellington wells welwyn wembley wendover westbury westerham weston wetherby weybridge
weymouth whitby whitchurch whitehaven whitnash whitstable whittlesey whitworth wickham wickwar widnes wigan
wigston wigton willenhall wilmslow wilton wimborne wincanton winchcombe winchester windermere windsor winsford
winslow winterton wirksworth wisbech witham withernsea witney wiveliscombe wivenhoe woburn woking wokingham
wolverhampton woodbridge woodstock wooler workington worksop worthing wotton wymondham yarmouth yateley yeovil
york
""".split())
