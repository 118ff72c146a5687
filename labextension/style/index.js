import './base.css';
import './card.css';
import './dialog.css';
import './jobs.css';
import './newcluster.css';
import './script.css';
import './athome.css';
import './logs.css';
