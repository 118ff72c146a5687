import './base.css';
import './card.css';
import './dialog.css';
import './jobs.css';
